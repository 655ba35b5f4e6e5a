// SPDX-License-Identifier: Apache-2.0

// This file lets an unchanged go-redis client talk to the server, in both versions of the protocol.

package resp

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// goRedis connects a client with default settings, but for the protocol.
func goRedis(t *testing.T, server *Server, protocol int) *redis.Client {
	client := redis.NewClient(&redis.Options{
		Addr:       server.Address().String(),
		Protocol:   protocol,
		ClientName: "test",
	})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// onBoth runs a test in both versions of the protocol.
func onBoth(t *testing.T, test func(t *testing.T, client *redis.Client, log *memoryLog)) {
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) {
			server, log := start(t, nil)
			client := goRedis(t, server, protocol)
			test(t, client, log)
			for _, info := range server.clients() {
				require.Equal(t, protocol, info.protocol)
				require.Equal(t, "test", info.name)
				require.Contains(t, info.library, "go-redis")
			}
		})
	}
}

func TestGoRedis(t *testing.T) {
	onBoth(t, func(t *testing.T, client *redis.Client, _ *memoryLog) {
		ctx := context.Background()
		require.NoError(t, client.Ping(ctx).Err())
		require.Equal(t, "OK", client.Set(ctx, "k", "v", 0).Val())
		require.Equal(t, "v", client.Get(ctx, "k").Val())
		require.ErrorIs(t, client.Get(ctx, "none").Err(), redis.Nil)
		require.Equal(t, int64(1), client.Incr(ctx, "n").Val())
		require.Equal(t, int64(11), client.IncrBy(ctx, "n", 10).Val())
		require.ErrorContains(t, client.Incr(ctx, "k").Err(), "value is not an integer")
		require.False(t, client.SetNX(ctx, "k", "w", 0).Val())
		require.True(t, client.SetXX(ctx, "k", "w", time.Minute).Val())
		require.Equal(t, time.Minute, client.TTL(ctx, "k").Val())
		require.True(t, client.Persist(ctx, "k").Val())
		require.True(t, client.Expire(ctx, "k", time.Hour).Val())
		keep := redis.SetArgs{Get: true, KeepTTL: true}
		require.Equal(t, "w", client.SetArgs(ctx, "k", "x", keep).Val())
		require.Equal(t, int64(2), client.Append(ctx, "k", "y").Val())
		require.Equal(t, int64(2), client.StrLen(ctx, "k").Val())
		require.NoError(t, client.MSet(ctx, "a", 1, "b", 2).Err())
		require.Equal(t, []any{"1", nil, "2"}, client.MGet(ctx, "a", "none", "b").Val())
		require.Equal(t, int64(2), client.Exists(ctx, "a", "b", "none").Val())
		require.Equal(t, int64(1), client.Del(ctx, "a").Val())
		require.Equal(t, "string", client.Type(ctx, "b").Val())
		require.Equal(t, int64(3), client.DBSize(ctx).Val())
		require.Equal(t, int64(1), client.Do(ctx, "CAS", "b", "2", "3").Val())
		require.Equal(t, "3", client.Do(ctx, "GETSET", "b", "4").Val())
		require.Equal(t, "4", client.GetDel(ctx, "b").Val())
		require.Equal(t, map[string]string{"save": "", "appendonly": "yes"},
			client.ConfigGet(ctx, "[sa]*[ey]").Val())
		require.Contains(t, client.Info(ctx, "server").Val(), "redis_version:")
		require.Equal(t, "test", client.ClientGetName(ctx).Val())
		require.Len(t, client.Command(ctx).Val(), 46)
		require.ErrorContains(t, client.LPush(ctx, "l", 1).Err(), "LPUSH is not supported")
	})
}

func TestGoRedisPipelineAndTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, client *redis.Client, log *memoryLog) {
		ctx := context.Background()
		commands, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for range 50 {
				pipe.Incr(ctx, "n")
			}
			pipe.Do(ctx, "VSR", "OPNUMBER")
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, int64(50), commands[49].(*redis.IntCmd).Val())
		operations := int64(len(log.sizes(t)))
		require.Equal(t, []any{operations, int64(7)}, commands[50].(*redis.Cmd).Val())

		commands, err = client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Set(ctx, "k", "v", 0)
			pipe.Get(ctx, "k")
			pipe.Get(ctx, "none")
			return nil
		})
		require.ErrorIs(t, err, redis.Nil)
		require.Equal(t, "v", commands[1].(*redis.StringCmd).Val())
		sizes := log.sizes(t)
		require.Equal(t, 3, sizes[len(sizes)-1])
		require.ErrorContains(t, client.Watch(ctx, func(*redis.Tx) error { return nil }, "k"), "WATCH")
	})
}

func TestGoRedisManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, client *redis.Client, _ *memoryLog) {
		ctx := context.Background()
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 50 {
					if err := client.Incr(ctx, "n").Err(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		require.Equal(t, "400", client.Get(ctx, "n").Val())
	})
}

// go-redis repeats a command by itself after TRYAGAIN, and does not after UNCERTAIN.
func TestGoRedisAndFailures(t *testing.T) {
	for expect, sure := range map[string]bool{"UNCERTAIN": false, "": true} {
		failures, log := 2, newMemoryLog()
		server, _ := start(t, func(c *Config) {
			c.NotExecuted = func(error) bool { return sure }
			c.Submit = func(ctx context.Context, operation []byte) (Result, error) {
				if failures > 0 {
					failures--
					return Result{}, errRefused
				}
				return log.submit(ctx, operation)
			}
		})
		client := goRedis(t, server, 3)
		value, err := client.Incr(context.Background(), "n").Result()
		if expect != "" {
			require.ErrorContains(t, err, expect)
			require.Equal(t, 1, failures)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, int64(1), value)
	}
}
