package web

import "srr/internal/api"

// verbText is what the console says of a verb.
type verbText struct {
	Title string // of the button
	Does  string // what will happen
	Risky bool   // clients may notice, or worse
}

var verbTexts = map[api.Verb]verbText{
	api.Activate:       {"Activate", "It takes part in the choice of who runs it, on this node.", false},
	api.Deactivate:     {"Deactivate", "On this node it no longer takes part: it is stopped if it runs here, and another node takes it over if one can.", true},
	api.Enable:         {"Enable", "It may be activated again on this node.", false},
	api.Disable:        {"Disable", "It is switched off on this node, over restarts too: it is stopped if it runs here, and another node takes it over if one can.", true},
	api.Start:          {"Start here", "It moves to this node. This ends a stop.", true},
	api.Move:           {"Move", "It is stopped where it runs and started on the node that you choose. Clients see a short gap.", true},
	api.Unmove:         {"Forget the move", "The wish of an operator is forgotten: preferences decide again, and it may move.", true},
	api.Stop:           {"Stop", "It is stopped on every node and stays so until somebody says run, over restarts and partitions.", true},
	api.Run:            {"Run", "The stop ends: the best node starts it.", false},
	api.Restart:        {"Restart", "Its primitive restart is called in place. The address stays announced.", true},
	api.Reload:         {"Reload", "Its primitive reload is called.", false},
	api.CheckNow:       {"Check", "It is checked now.", false},
	api.Clear:          {"Clear", "Its failure, hold-off and used restarts on this node are forgotten.", false},
	api.ConfirmStopped: {"Confirm that it is stopped", "You state that it does not run there. Others may start it at once.", true},
	api.Drain:          {"Drain", "The node gives everything away and takes nothing while another node can.", true},
	api.Undrain:        {"Undrain", "The node takes part again. Services come back by preference only.", false},
	api.Maintenance:    {"Maintenance", "In maintenance srrd touches no service on this node, whatever happens.", true},
	api.ReloadConfig:   {"Reload configuration", "The configuration files of this node are read again: the new configuration as a whole, or nothing of it.", false},
	api.Detach:         {"Detach", "srrd on this node ends and everything runs on, for the next srrd to take over.", true},
	api.Shutdown:       {"Shut down", "The node hands its services over, deactivates them, and srrd ends. It is not started again by itself.", true},
}
