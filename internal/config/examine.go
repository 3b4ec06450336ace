package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"srr/internal/agent"
)

// examineAtOnce is how many things are looked at at a time: each can be a process.
const examineAtOnce = 8

// examineAtStart bounds the look at everything when a daemon starts: the
// addresses that its predecessor left live for AddressLifetime, and it has to find
// what goes with them, too.
const examineAtStart = time.Second

// examineGrace is for those who noticed that their time is over to say why.
const examineGrace = 100 * time.Millisecond

// LoadAtStart is Load for a daemon that has to come up. What could not be looked
// at, or not in time, is not known to be wrong: it is in Unexamined of the Config
// and no mistake. If it cannot run, it fails by itself later, and no other service
// waits for it.
func LoadAtStart(path string, prober Prober) (*Config, error) {
	ctx, cancel := context.WithTimeout(context.Background(), examineAtStart)
	defer cancel()
	c, err := loadUntil(ctx, path, prober, nil)
	problems, _ := errors.AsType[Problems](err)
	for i := range problems {
		if !problems[i].Unexamined {
			return nil, err
		}
	}
	if c != nil {
		c.Unexamined = problems
		return c, nil
	}
	return nil, err
}

// question is one look at something that the configuration names.
type question struct {
	at  Position // of the name
	ask func(context.Context) error
}

// examine asks the prober about everything that is sound by itself.
func (l *loading) examine(ctx context.Context, c *Config, f *File, prober Prober) {
	questions := append(l.agentQuestions(c, f, prober), l.notifyQuestions(f, prober)...)
	for i, err := range askAll(ctx, questions) {
		l.report(questions[i].at, err)
	}
}

// askAll returns the answers in the order of the questions. Who has not answered
// when ctx ends may never do: a file can be on a disk that hangs.
func askAll(ctx context.Context, questions []question) []error {
	slots := make(chan struct{}, examineAtOnce)
	answered := make([]chan error, len(questions))
	for i, q := range questions {
		answered[i] = make(chan error, 1)
		go func() {
			select {
			case slots <- struct{}{}:
				answered[i] <- q.ask(ctx)
				<-slots
			case <-ctx.Done():
			}
		}()
	}
	over := make(chan struct{})
	defer context.AfterFunc(ctx, func() { time.Sleep(examineGrace); close(over) })()
	out := make([]error, len(questions))
	for i := range out {
		select {
		case out[i] = <-answered[i]:
			continue
		case <-over:
		}
		select {
		case out[i] = <-answered[i]:
		default:
			out[i] = &agent.Unexamined{Why: "no answer in time"}
		}
	}
	return out
}

// report adds each of the errors that err joins.
func (l *loading) report(at Position, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			l.report(at, e)
		}
		return
	}
	p := Problem{Position: at, Message: fmt.Sprint(err)}
	if _, p.Unexamined = errors.AsType[*agent.Unexamined](err); p.Unexamined {
		p.Hint = "try again, and find what hangs if that does not help"
	} else if errors.Is(err, fs.ErrNotExist) {
		p.Hint = "create it, or correct the path"
	}
	l.problems = append(l.problems, p)
}
