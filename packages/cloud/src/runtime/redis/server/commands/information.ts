/** INFO: the server as its monitors read it. */
import type { Server } from "../command.ts";

/** What INFO tells of `sections` (in lower case; none: all), in the lines that clients split. */
export function information(server: Server, sections: readonly string[]): string {
  const sessions = [...server.sessions.values()];
  const databases = Array.from({ length: server.databaseCount }, (_, index) => server.database(index));
  const { heapUsed, rss } = process.memoryUsage();
  const uptimeSeconds = Math.floor((server.nowMs() - server.startedMs) / 1000);
  const every: Record<string, Record<string, string | number>> = {
    server: {
      redis_version: server.version,
      redis_mode: "standalone",
      os: process.platform,
      arch_bits: 64,
      process_id: process.pid,
      uptime_in_seconds: uptimeSeconds,
      uptime_in_days: Math.floor(uptimeSeconds / 86_400),
      built_in: "plinth",
    },
    clients: { connected_clients: sessions.length, blocked_clients: sessions.filter(({ blocked }) => blocked).length },
    memory: {
      used_memory: heapUsed,
      used_memory_rss: rss,
      maxmemory: server.configuration.get("maxmemory")!,
      maxmemory_policy: server.configuration.get("maxmemory-policy")!,
    },
    persistence: { loading: 0, aof_enabled: 1 },
    stats: {
      total_connections_received: server.statistics.connections,
      total_commands_processed: server.statistics.commands,
      pubsub_channels: new Set(sessions.flatMap(({ channels }) => [...channels])).size,
    },
    replication: { role: "master", connected_slaves: 0 },
    cpu: { used_cpu_user: (process.cpuUsage().user / 1e6).toFixed(6), used_cpu_sys: (process.cpuUsage().system / 1e6).toFixed(6) },
    cluster: { cluster_enabled: 0 },
    keyspace: Object.fromEntries(
      databases
        .filter((each) => each.size() > 0)
        .map((each) => [`db${each.index}`, `keys=${each.size()},expires=${each.expiring()},avg_ttl=0`]),
    ),
  };
  const wanted = sections.filter((section) => !["all", "default", "everything"].includes(section));
  const shown = Object.entries(every).filter(([name]) => wanted.length === 0 || wanted.length < sections.length || wanted.includes(name));
  return shown
    .map(
      ([name, values]) =>
        `# ${name[0]!.toUpperCase()}${name.slice(1)}\r\n${Object.entries(values)
          .map(([key, value]) => `${key}:${value}\r\n`)
          .join("")}`,
    )
    .join("\r\n");
}
