// SPDX-License-Identifier: Apache-2.0

// This file knows the commands of Redis that are not here, so that the error can say why.

package resp

// unsupported says why a command of Redis is not there. Empty: Redis has no such command either.
func unsupported(name string) string {
	switch name {
	case "bitcount", "bitfield", "bitfield_ro", "bitop", "bitpos", "getbit", "setbit",
		"pfadd", "pfcount", "pfmerge", "geoadd", "geodist", "geohash", "geopos", "georadius",
		"georadiusbymember", "geosearch", "geosearchstore",
		"hdel", "hexists", "hget", "hgetall", "hincrby", "hincrbyfloat", "hkeys", "hlen", "hmget",
		"hmset", "hrandfield", "hscan", "hset", "hsetnx", "hstrlen", "hvals", "hexpire", "httl",
		"blmove", "blmpop", "blpop", "brpop", "brpoplpush", "lindex", "linsert", "llen", "lmove",
		"lmpop", "lpop", "lpos", "lpush", "lpushx", "lrange", "lrem", "lset", "ltrim", "rpop",
		"rpoplpush", "rpush", "rpushx",
		"sadd", "scard", "sdiff", "sdiffstore", "sinter", "sintercard", "sinterstore", "sismember",
		"smembers", "smismember", "smove", "spop", "srandmember", "srem", "sscan", "sunion",
		"sunionstore",
		"bzmpop", "bzpopmax", "bzpopmin", "zadd", "zcard", "zcount", "zdiff", "zdiffstore", "zincrby",
		"zinter", "zintercard", "zinterstore", "zlexcount", "zmpop", "zmscore", "zpopmax", "zpopmin",
		"zrandmember", "zrange", "zrangebylex", "zrangebyscore", "zrangestore", "zrank", "zrem",
		"zremrangebylex", "zremrangebyrank", "zremrangebyscore", "zrevrange", "zrevrangebylex",
		"zrevrangebyscore", "zrevrank", "zscan", "zscore", "zunion", "zunionstore",
		"xack", "xadd", "xautoclaim", "xclaim", "xdel", "xgroup", "xinfo", "xlen", "xpending",
		"xrange", "xread", "xreadgroup", "xrevrange", "xsetid", "xtrim":
		return "only string commands are"
	case "getex", "getrange", "incrbyfloat", "lcs", "setrange", "substr", "copy", "dump", "expireat",
		"expiretime", "keys", "move", "object", "pexpireat", "pexpiretime", "randomkey", "rename",
		"renamenx", "restore", "scan", "sort", "sort_ro", "touch", "swapdb":
		return "COMMAND LIST shows what is"
	case "watch", "unwatch":
		return "use CAS for a write that depends on a value"
	case "eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro", "function", "script":
		return "there are no scripts"
	case "psubscribe", "publish", "pubsub", "punsubscribe", "spublish", "ssubscribe", "subscribe",
		"sunsubscribe", "unsubscribe":
		return "there are no messages between clients"
	case "time":
		return "replicas have no clock of their own; a deadline is set with EX or EXPIRE"
	case "asking", "cluster", "failover", "psync", "replicaof", "replconf", "role", "slaveof", "sync",
		"wait", "waitaof":
		return "it replicates by its own protocol; VSR STATUS shows how"
	case "acl", "bgrewriteaof", "bgsave", "debug", "lastsave", "latency", "lolwut", "memory",
		"migrate", "module", "monitor", "save", "shutdown", "slowlog":
		return "INFO and VSR STATUS are there instead"
	}
	return ""
}
