/** The registry's own HTTP (OCI distribution specification), by plain requests, and by the clients that are on this machine. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { startSimulatedServer, startTestServer, type TestServer } from "../../server.ts";

const digestOf = (content: string | Uint8Array) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const manifestType = "application/vnd.oci.image.manifest.v1+json";

async function passwordOf(server: TestServer, credentials = server.client.credentials): Promise<string> {
  const client = new ECRClient({ ...server.client, credentials });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  client.destroy();
  return Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString().replace(/^AWS:/u, "");
}

/** A registry client in a few lines. */
async function registryOf(server: TestServer, credentials = server.client.credentials) {
  const authorization = `Basic ${Buffer.from(`AWS:${await passwordOf(server, credentials)}`).toString("base64")}`;
  const ask = (method: string, path: string, body?: string | Uint8Array, headers: Record<string, string> = {}) =>
    fetch(`${server.endpoint}/v2/${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body !== undefined && { body: body as never }),
    });
  return {
    ask,
    async pushBlob(name: string, content: Uint8Array | string) {
      const begun = await ask("POST", `${name}/blobs/uploads/`);
      expect(begun.status).toBe(202);
      const place = begun.headers.get("location")!.replace(/^\/v2\//u, "");
      const half = Math.ceil(content.length / 2);
      expect((await ask("PATCH", place, content.slice(0, half) as string)).headers.get("range")).toBe(`0-${half - 1}`);
      expect((await ask("PATCH", place, content.slice(half) as string, { "content-range": `${half}-${content.length - 1}` })).status).toBe(
        202,
      );
      const done = await ask("PUT", `${place}?digest=${digestOf(content)}`);
      expect([done.status, done.headers.get("docker-content-digest")]).toEqual([201, digestOf(content)]);
    },
    putManifest: (name: string, reference: string, manifest: string) =>
      ask("PUT", `${name}/manifests/${reference}`, manifest, { "content-type": manifestType }),
  };
}

function manifestOf(config: string, layers: (string | Uint8Array)[], more: object = {}): string {
  const described = (content: string | Uint8Array, mediaType: string) => ({ mediaType, digest: digestOf(content), size: content.length });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: described(config, "application/vnd.oci.image.config.v1+json"),
    layers: layers.map((layer) => described(layer, "application/vnd.oci.image.layer.v1.tar+gzip")),
    ...more,
  });
}

test("a push in pieces and a pull give the same bytes, and ECR's API sees the image", async () => {
  await using server = await startTestServer();
  await server.call("ecr", "CreateRepository", { repositoryName: "team/web" });
  const registry = await registryOf(server);
  expect((await registry.ask("GET", "")).status).toBe(200);
  const layer = randomBytes(9 * 1024 * 1024);
  expect((await registry.ask("HEAD", `team/web/blobs/${digestOf(layer)}`)).status).toBe(404);
  await registry.pushBlob("team/web", layer);
  await registry.pushBlob("team/web", "{}");
  const manifest = manifestOf("{}", [layer]);
  for (const _ of ["first", "again"]) expect((await registry.putManifest("team/web", "v1", manifest)).status).toBe(201);
  const { imageDetails } = await server.call("ecr", "DescribeImages", { repositoryName: "team/web" });
  expect(imageDetails).toMatchObject([{ imageDigest: digestOf(manifest), imageTags: ["v1"], imageSizeInBytes: layer.length + 2 }]);

  for (const reference of ["v1", digestOf(manifest)]) {
    const pulled = await registry.ask("GET", `team/web/manifests/${reference}`);
    expect([pulled.headers.get("content-type"), await pulled.text()]).toEqual([manifestType, manifest]);
  }
  const blob = await registry.ask("GET", `team/web/blobs/${digestOf(layer)}`);
  expect(digestOf(new Uint8Array(await blob.arrayBuffer()))).toBe(digestOf(layer));
  expect(await (await registry.ask("GET", "team/web/tags/list")).json()).toEqual({ name: "team/web", tags: ["v1"] });

  // A signature or a bill of materials refers to the image.
  const about = manifestOf("{}", [], {
    subject: { mediaType: manifestType, digest: digestOf(manifest), size: manifest.length },
    artifactType: "x/sbom",
  });
  expect((await registry.putManifest("team/web", digestOf(about), about)).headers.get("oci-subject")).toBe(digestOf(manifest));
  expect(await (await registry.ask("GET", `team/web/referrers/${digestOf(manifest)}`)).json()).toMatchObject({
    manifests: [{ digest: digestOf(about), artifactType: "x/sbom" }],
  });
  expect(server.reported).toEqual([]);
});

test("what does not hold is refused in the specification's codes", async () => {
  await using server = await startTestServer();
  await server.call("ecr", "CreateRepository", { repositoryName: "web", imageTagMutability: "IMMUTABLE" });
  const registry = await registryOf(server);
  const refusal = async (response: Response) => [
    response.status,
    ((await response.json()) as { errors: { code: string }[] }).errors[0]!.code,
  ];
  const anonymous = await fetch(`${server.endpoint}/v2/`);
  expect([anonymous.headers.get("www-authenticate"), ...(await refusal(anonymous))]).toEqual([
    `Basic realm="${server.endpoint}/",service="ecr.amazonaws.com"`,
    401,
    "UNAUTHORIZED",
  ]);
  const forged = { authorization: `Basic ${Buffer.from("AWS:e30.forged").toString("base64")}` };
  expect((await fetch(`${server.endpoint}/v2/web/tags/list`, { headers: forged })).status).toBe(401);
  expect(await refusal(await registry.ask("GET", "nothing/tags/list"))).toEqual([404, "NAME_UNKNOWN"]);
  expect(await refusal(await registry.ask("GET", "web/manifests/v9"))).toEqual([404, "MANIFEST_UNKNOWN"]);
  expect(await refusal(await registry.putManifest("web", "v1", manifestOf("{}", [])))).toEqual([404, "BLOB_UNKNOWN"]);
  const begun = (await registry.ask("POST", "web/blobs/uploads/")).headers.get("location")!.replace(/^\/v2\//u, "");
  expect((await registry.ask("PATCH", begun, "abc", { "content-range": "5-7" })).status).toBe(416);
  expect(await refusal(await registry.ask("PUT", `${begun}?digest=${digestOf("other")}`, "abc"))).toEqual([400, "DIGEST_INVALID"]);
  expect((await registry.ask("DELETE", begun)).status).toBe(204);
  expect(await refusal(await registry.ask("GET", begun))).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  await registry.pushBlob("web", "{}");
  await registry.pushBlob("web", "{ }");
  expect((await registry.putManifest("web", "v1", manifestOf("{}", []))).status).toBe(201);
  expect(await refusal(await registry.putManifest("web", "v1", manifestOf("{ }", [])))).toEqual([400, "TAG_INVALID"]);
  expect(await refusal(await registry.ask("DELETE", "web/manifests/v1"))).toEqual([405, "UNSUPPORTED"]);
});

test("a password is whoever asked for it, with their permissions, for twelve hours", async () => {
  await using server = await startSimulatedServer(1, { startMs: Date.now() });
  await server.call("ecr", "CreateRepository", { repositoryName: "web" });
  await server.call("iam", "CreateUser", { UserName: "puller" });
  const allow = { Effect: "Allow", Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"] };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
      { ...allow, Resource: "arn:aws:ecr:*:*:repository/web" },
    ],
  });
  await server.call("iam", "PutUserPolicy", { UserName: "puller", PolicyName: "pull", PolicyDocument });
  const { AccessKey } = await server.call("iam", "CreateAccessKey", { UserName: "puller" });
  const root = await registryOf(server);
  await root.pushBlob("web", "{}");
  await root.putManifest("web", "v1", manifestOf("{}", []));
  const puller = await registryOf(server, { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! });
  expect((await puller.ask("GET", "web/manifests/v1")).status).toBe(200);
  const refused = await puller.ask("POST", "web/blobs/uploads/");
  expect([refused.status, await refused.text()]).toEqual([
    403,
    expect.stringContaining("not authorized to perform: ecr:InitiateLayerUpload"),
  ]);
  await server.world.clock.sleepThrough(12 * 3_600_000);
  const late = await puller.ask("GET", "web/manifests/v1");
  expect([late.status, await late.text()]).toEqual([403, expect.stringContaining("Your authorization token has expired")]);
});

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

test.skipIf(!has("skopeo"))("skopeo pushes and pulls (where it is on this machine)", async () => {
  await using server = await startTestServer();
  await server.call("ecr", "CreateRepository", { repositoryName: "web" });
  const folder = mkdtempSync(join(tmpdir(), "plinth-oci-"));
  try {
    const password = await passwordOf(server);
    const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] }, config: {} });
    const manifest = manifestOf(config, []);
    writeFileSync(join(folder, "manifest.json"), manifest);
    writeFileSync(join(folder, digestOf(config).slice(7)), config);
    writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
    const registry = `docker://127.0.0.1:${server.port}/web`;
    const skopeo = async (...words: string[]) => {
      const { spawn } = await import("node:child_process");
      const child = spawn("skopeo", ["--insecure-policy", ...words], { stdio: ["ignore", "inherit", "inherit"] });
      return new Promise<number | null>((done) => child.on("close", done));
    };
    expect(await skopeo("copy", "--dest-tls-verify=false", `--dest-creds=AWS:${password}`, `dir:${folder}`, `${registry}:v1`)).toBe(0);
    expect(await skopeo("copy", "--src-tls-verify=false", `--src-creds=AWS:${password}`, `${registry}:v1`, `dir:${folder}-back`)).toBe(0);
    expect(JSON.parse(readFileSync(join(`${folder}-back`, "manifest.json"), "utf8"))).toEqual(JSON.parse(manifest));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}-back`, { recursive: true, force: true });
  }
});
