// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"viewstamp/histories"
)

// The clients: an unmodified Redis client, one request at a time, and a record of what it saw.

// requestTimeout is how long a client waits for an answer before it gives up on the request. Its
// outcome is unknown then.
const requestTimeout = 4 * time.Second

// workload is what the clients share.
type workload struct {
	addresses []string
	writer    *histories.Writer
	// think is how long a client waits between an answer and its next request.
	think time.Duration
	// names gives each client its number. A client that does not know what became of its request
	// ends, and another takes its place, as the format wants it.
	names atomic.Int64
	// generation is in the names of the keys. It changes with each event, so that a key sees few
	// requests of unknown outcome: each doubles what has to be considered.
	generation atomic.Int64
	// answered, failed, unknown count the outcomes.
	answered, failed, unknown atomic.Int64
}

// client sends one request after the other until the context ends. Connections are to one replica
// until it fails, then to the next.
func (w *workload) client(ctx context.Context, slot int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, uint64(slot)))
	at := slot
	connection := w.connect(at)
	defer func() { _ = connection.Close() }()
	name, request := int(w.names.Add(1)-1), uint64(0)
	for ctx.Err() == nil {
		request++
		e := operation(random, name, request, w.generation.Load())
		if err := w.writer.Write(e); err != nil {
			return err
		}
		outcome := w.send(connection, e)
		if err := w.writer.Write(outcome); err != nil {
			return err
		}
		switch outcome.Kind {
		case histories.OK:
			w.answered.Add(1)
			if w.think > 0 {
				_ = last(ctx, w.think) // If it ends, so does the loop.
			}
			continue
		case histories.Fail:
			w.failed.Add(1)
		default:
			w.unknown.Add(1)
			name, request = int(w.names.Add(1)-1), 0
		}
		_ = connection.Close() // Nothing is under way on it that could still be answered.
		at++
		connection = w.connect(at)
		select { // A replica that was killed needs a while; the others answer at once.
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// connect makes a client with one connection and without repetition: what was sent is known.
func (w *workload) connect(at int) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:         w.addresses[at%len(w.addresses)],
		PoolSize:     1,
		MaxRetries:   -1,
		DialTimeout:  time.Second,
		ReadTimeout:  requestTimeout,
		WriteTimeout: requestTimeout,
	})
}

// operation draws a request. Values are unique, so that a read says which write it saw; two
// requests of three are about two keys, so that clients meet.
func operation(random *rand.Rand, client int, request uint64, generation int64) histories.Event {
	e := histories.Event{Client: client, Req: request, Kind: histories.Invoke}
	key := random.IntN(6)
	if random.IntN(3) > 0 {
		key = random.IntN(2)
	}
	value := fmt.Sprintf("%d.%d", client, request)
	switch n := random.IntN(10); {
	case n < 4:
		e.F = "get"
	case n < 7:
		e.F, e.Value = "set", histories.Some(value)
	case n < 8:
		e.F, e.Value = "append", histories.Some(","+value)
	case n < 9:
		e.F = "incr"
	default:
		e.F = "del"
	}
	e.Key = fmt.Sprintf("k%d.%d", generation, key)
	if e.F == "incr" {
		e.Key = fmt.Sprintf("n%d.%d", generation, key%2)
	}
	return e
}

// command is the request as Redis has it.
func command(e histories.Event) []any {
	switch e.F {
	case "set", "append":
		return []any{e.F, e.Key, e.Value.Text}
	default:
		return []any{e.F, e.Key}
	}
}

// send sends the request, and in the same breath asks for the op-number that it got.
func (w *workload) send(connection *redis.Client, e histories.Event) histories.Event {
	outcome := histories.Event{Client: e.Client, Req: e.Req, Kind: histories.Unknown}
	var reply, position *redis.Cmd
	_, err := connection.Pipelined(context.Background(), func(pipe redis.Pipeliner) error {
		reply = pipe.Do(context.Background(), command(e)...)
		position = pipe.Do(context.Background(), "VSR", "OPNUMBER")
		return nil
	})
	value, replyErr := reply.Result()
	var refused redis.Error
	var network *net.OpError
	switch {
	case errors.Is(replyErr, redis.Nil):
	case errors.As(replyErr, &network) && network.Op == "dial":
		// It was not sent. To call that unknown would let the search consider it for ever.
		outcome.Kind, outcome.Error = histories.Fail, replyErr.Error()
		return outcome
	case errors.As(replyErr, &refused):
		return refusal(outcome, refused.Error())
	case replyErr != nil:
		outcome.Error = replyErr.Error()
		return outcome
	case err != nil:
		outcome.Error = err.Error()
		return outcome
	default:
		outcome.Value = histories.Some(fmt.Sprint(value))
	}
	outcome.Kind = histories.OK
	if pair, err := position.Slice(); err == nil && len(pair) == 2 {
		outcome.Op, outcome.View = positive(pair[0]), positive(pair[1])
	}
	return outcome
}

// refusal sorts the error replies: of the service, of a front end that knows that nothing has
// happened, and of one that does not know.
func refusal(outcome histories.Event, text string) histories.Event {
	outcome.Error = text
	if strings.HasPrefix(text, "TRYAGAIN") {
		outcome.Kind = histories.Fail
	} else if strings.HasPrefix(text, "ERR value is not an integer") {
		outcome.Kind = histories.OK
	}
	return outcome
}

// positive reads a number of a reply; 0 if it is none.
func positive(v any) uint64 {
	n, _ := strconv.ParseUint(fmt.Sprint(v), 10, 64)
	return n
}

// info is what a replica says about itself.
func (w *workload) info(ctx context.Context, at int) (map[string]string, error) {
	connection := w.connect(at)
	defer func() { _ = connection.Close() }()
	text, err := connection.Info(ctx, "vsr").Result()
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields, nil
}

// primary asks the replicas who the primary is, until one is in a view and can say it.
func (w *workload) primary(ctx context.Context) (primary int, view uint64, err error) {
	known := false
	ok, err := until(ctx, func() bool {
		primary, view, known = w.primaryNow(ctx)
		return known
	})
	if err == nil && !ok {
		err = errors.New("no replica says who the primary is")
	}
	return primary, view, err
}

// primaryNow asks once, and returns the answer of the latest view, if there is one.
func (w *workload) primaryNow(ctx context.Context) (int, uint64, bool) {
	primary, view, found := 0, uint64(0), false
	for at := range w.addresses {
		fields, err := w.info(ctx, at)
		if err != nil {
			continue
		}
		v, err := strconv.ParseUint(fields["view"], 10, 64)
		if err != nil || fields["status"] != "Normal" {
			continue
		}
		if !found || v >= view {
			found, view, primary = true, v, int(v%uint64(len(w.addresses)))
		}
	}
	return primary, view, found
}
