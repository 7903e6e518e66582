/**
 * S3: CPU of a small put and get beside node:http with a plain file, a get of 1 MiB beside nginx serving the file, and the memory that an
 * upload of 300 MB takes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Benchmark, type Figure, median } from "../figure.ts";
import { cpuMs, end, firstLine, node, residentBytes, root, startCloud } from "../measure.ts";

const calls = 3_000;
const largeCalls = 600;
const rounds = 5;
const connections = 8;
const keys = 500;
const uploadBytes = 300 * 1024 ** 2;
const nginx = "/usr/sbin/nginx";

interface Target {
  pid: number;
  url: URL;
}

const s3: Benchmark = async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-s3-"));
  await using cloud = await startCloud();
  const bare = spawn(node, [join(root, "benchmarks/peers/bare-files.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] });
  let web: ChildProcess | undefined;
  try {
    const ours: Target = { pid: cloud.pid, url: new URL(`${cloud.endpoint}/bench`) };
    const files: Target = { pid: bare.pid!, url: new URL(`http://127.0.0.1:${Number(await firstLine(bare))}`) };
    await send(ours.url, { method: "PUT", path: "/bench", headers: signed("") });

    const small = Buffer.alloc(1024, "a");
    const figures = [
      await beside("S3 put of 1 KiB, CPU a call", ours, files, small),
      await beside("S3 get of 1 KiB, CPU a call", ours, files, undefined),
    ];

    const large = Buffer.alloc(1024 ** 2, "b");
    await send(ours.url, { method: "PUT", path: "/bench/large", headers: signed(large), body: large });
    if (existsSync(nginx)) {
      writeFileSync(join(folder, "large"), large);
      const port = await freePort();
      web = startNginx(folder, port);
      await answering(port);
      figures.push(await largeGets(ours, { pid: web.pid!, url: new URL(`http://127.0.0.1:${port}`) }));
    } else figures.push(noNginx(await perCpuSecond(ours, "/bench/large")));
    figures.push(await memoryOfAnUpload(ours));
    return figures;
  } finally {
    if (web) await end(web);
    await end(bare);
    rmSync(folder, { recursive: true, force: true });
  }
};
export default s3;

/** As an official client sends them, its checksum included. */
function signed(content: Buffer | string): Record<string, string | number> {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${"0".repeat(64)}`,
    "x-amz-date": "20260101T000000Z",
    "x-amz-content-sha256": createHash("sha256").update(content).digest("hex"),
    ...(content.length > 0 && { "x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-crc32": sum.toString("base64") }),
    "content-length": Buffer.byteLength(content),
  };
}

/** In turn, so that both meet the same machine; the first round warms both up. */
async function beside(name: string, ours: Target, theirs: Target, body: Buffer | undefined): Promise<Figure> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [at, target] of [ours, theirs].entries()) {
      const before = cpuMs(target.pid);
      await lanes(calls, (call) =>
        send(target.url, {
          method: body ? "PUT" : "GET",
          path: `${target.url.pathname.replace(/\/$/u, "")}/key-${call % keys}`,
          headers: signed(body ?? ""),
          ...(body && { body }),
        }),
      );
      if (round > 0) times[at]!.push(((cpuMs(target.pid) - before) * 1000) / calls);
    }
  }
  const [a, b] = times.map(median) as [number, number];
  return { name, ours: `${a.toFixed(0)} µs`, reference: `${b.toFixed(0)} µs node:http with files`, value: a / b, limit: { atMost: 3 } };
}

async function largeGets(ours: Target, web: Target): Promise<Figure> {
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const pair = [await perCpuSecond(ours, "/bench/large"), await perCpuSecond(web, "/large")];
    if (round > 0) for (const [at, rate] of pair.entries()) rates[at]!.push(rate);
  }
  const [a, b] = rates.map(median) as [number, number];
  return {
    name: "S3 get of 1 MiB, requests a CPU second",
    ours: `${a.toFixed(0)}/s`,
    reference: `${b.toFixed(0)}/s nginx`,
    value: a / b,
    limit: { atLeast: 0.5 },
  };
}

const noNginx = (rate: number): Figure => ({
  name: "S3 get of 1 MiB, requests a CPU second",
  ours: `${rate.toFixed(0)}/s`,
  reference: "nginx is not installed here",
  value: Number.NaN,
  limit: { atLeast: 0.5 },
});

async function perCpuSecond({ pid, url }: Target, path: string): Promise<number> {
  const before = cpuMs(pid);
  await lanes(largeCalls, () => send(url, { method: "GET", path, headers: signed("") }));
  return largeCalls / ((cpuMs(pid) - before) / 1000);
}

/** The highest resident memory while the upload runs, over what it was before. */
async function memoryOfAnUpload({ pid, url }: Target): Promise<Figure> {
  const piece = Buffer.alloc(1024 ** 2, "c");
  const before = residentBytes(pid);
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, residentBytes(pid))), 20);
  try {
    const headers = { ...signed(""), "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-length": uploadBytes };
    await send(url, { method: "PUT", path: "/bench/huge", headers, body: piece, times: uploadBytes / piece.length });
  } finally {
    clearInterval(watch);
  }
  const grown = (most - before) / 1024 ** 2;
  return {
    name: "S3 put of 300 MB, growth of resident memory",
    ours: `${grown.toFixed(0)} MB`,
    reference: "300 MB sent",
    value: grown,
    limit: { atMost: 60 },
    unit: "MB",
  };
}

async function lanes(count: number, once: (call: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await once(next++);
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

const agent = new Agent({ keepAlive: true, maxSockets: connections });

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string | number>;
  body?: Buffer;
  /** How often the body is sent, one after the other. */
  times?: number;
}

function send({ hostname, port }: URL, { method, path, headers, body, times = 1 }: Sent): Promise<void> {
  return new Promise((done, fail) => {
    const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
      if (response.statusCode !== 200) fail(new Error(`${method} ${path} answered ${response.statusCode}`));
      response.resume();
      response.on("end", done);
    });
    sent.on("error", fail);
    let left = body ? times : 0;
    const write = (): void => {
      while (left > 0) if ((left--, !sent.write(body))) return void sent.once("drain", write);
      sent.end();
    };
    write();
  });
}

function startNginx(folder: string, port: number): ChildProcess {
  const own = join(folder, "nginx");
  mkdirSync(own);
  const settings = `daemon off; master_process off; pid ${own}/pid; error_log stderr crit;
events {}
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path ${own}; proxy_temp_path ${own}; fastcgi_temp_path ${own}; uwsgi_temp_path ${own}; scgi_temp_path ${own};
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`;
  const path = join(own, "nginx.conf");
  writeFileSync(path, settings);
  return spawn(nginx, ["-p", own, "-c", path], { stdio: ["ignore", "ignore", "inherit"] });
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await send(new URL(`http://127.0.0.1:${port}`), { method: "GET", path: "/large", headers: {} });
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}
