package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) lsdb() *cobra.Command {
	var q api.LSDBQuery
	var decode bool
	cmd := &cobra.Command{
		Use: "lsdb [flags]", Short: "The link-state database, decoded",
		Long: `Lists the link-state advertisements that this node holds, of all types. With
--decode their content, opaque records too; with --raw also their bytes. LSAs
whose content cannot be decoded say why.`,
		Example: `  srrctl lsdb
  srrctl lsdb --type router --area 0.0.0.0 --decode
  srrctl lsdb --type opaque-as --id 222. --advertiser 10.0.0.2 --raw
  srrctl lsdb -o json | jq 'group_by(.type) | map({(.[0].type): length}) | add'`,
		Args: args(),
	}
	f := cmd.Flags()
	f.StringVar(&q.Type, "type", "", "only this `TYPE`: router, network, opaque-as, … or its number")
	f.StringVar(&q.Area, "area", "", "only of this `AREA`")
	f.StringVar(&q.ID, "id", "", "only this link-state `ID`; a prefix ends in a dot")
	f.StringVar(&q.Advertiser, "advertiser", "", "only of this router `ID`")
	f.BoolVarP(&decode, "decode", "d", false, "print the content")
	f.BoolVar(&q.Raw, "raw", false, "print the content and the bytes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		list, err := a.client.LSDB(cmd.Context(), q)
		if err != nil {
			return err
		}
		if a.format == formatJSON {
			return writeJSON(a.Out, list, "  ")
		}
		a.print.printLSDB(list, decode || q.Raw)
		return nil
	}
	return cmd
}

func (p *printer) printLSDB(list []api.LSA, decode bool) {
	rows := [][]cell{head("TYPE", "AREA", "ID", "ADVERTISER", "AGE", "SEQUENCE", "LENGTH", "CHECKSUM")}
	for i := range list {
		rows = append(rows, lsaRow(&list[i]))
	}
	if !decode {
		p.table(rows...)
		p.line(in(faint, plural(len(list), "LSA")))
		return
	}
	for i := range list {
		if i > 0 {
			fmt.Fprintln(p.w)
		}
		p.table(rows[0], rows[i+1])
		for _, d := range list[i].Decoded {
			p.line(text("  " + d))
		}
		if list[i].DecodeFailure != "" {
			p.line(in(yellow, "  not decoded: "+list[i].DecodeFailure))
		}
		for raw := list[i].Raw; raw != ""; {
			n := min(64, len(raw))
			p.line(in(faint, "  "+raw[:n]))
			raw = raw[n:]
		}
	}
}

func lsaRow(l *api.LSA) []cell {
	advertiser := l.Advertiser.String()
	if l.Self {
		advertiser += " *"
	}
	scope := l.Area
	if l.Link != "" {
		scope = l.Link
	}
	return []cell{
		text(l.Type), text(scope), text(l.ID), text(advertiser), text(strconv.Itoa(l.AgeSeconds)),
		textf("%08x", l.Sequence), text(strconv.Itoa(l.LengthBytes)), textf("%04x", l.Checksum),
	}
}
