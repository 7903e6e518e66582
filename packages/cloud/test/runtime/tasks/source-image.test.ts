/** Source images: read strictly, and mapped onto the context without a way out of it. */
import { expect, test } from "vitest";
import {
  imageToContext,
  mapImagePaths,
  readSourceConfig,
  type SourceConfig,
  sourceManifest,
} from "../../../src/runtime/tasks/source-image.ts";

const config: SourceConfig = { context: "/home/me/app", contentHash: "abc", imageRoot: "/srv/app" };

test("the manifest names the config by its digest, and another context hash is another image", () => {
  const { manifest, config: blob, configDigest, digest } = sourceManifest(config);
  expect(JSON.parse(manifest)).toMatchObject({
    artifactType: "application/vnd.plinth.source.v1",
    config: { mediaType: "application/vnd.plinth.source.config.v1+json", digest: configDigest, size: blob.byteLength },
  });
  expect(readSourceConfig(blob)).toEqual(config);
  expect(sourceManifest({ ...config, contentHash: "abd" }).digest).not.toBe(digest);
});

test.each<[string, unknown]>([
  ["is not an object", []],
  ['unknown member "more"', { ...config, more: 1 }],
  ['no valid "context"', { ...config, context: "app" }],
  ['no valid "context"', { ...config, context: "/home/../etc" }],
  ['no valid "contentHash"', { ...config, contentHash: "" }],
  ['no valid "workingDirectory"', { ...config, workingDirectory: "../x" }],
  ["is not below /srv/app", { ...config, workingDirectory: "/etc" }],
  ['no valid "env"', { ...config, env: { "A=B": "x" } }],
  ['no valid "command"', { ...config, command: "node main.js" }],
  ['no valid "command"', { ...config, command: ["a\0b"] }],
  ['no valid "exposedPorts"', { ...config, exposedPorts: [0] }],
])("refuses a config that %s: %j", (reason, value) => {
  expect(() => readSourceConfig(Buffer.from(JSON.stringify(value)))).toThrow(reason);
});

test("refuses what is no JSON, or too much of it", () => {
  expect(() => readSourceConfig(Buffer.from("{"))).toThrow("is not JSON");
  expect(() => readSourceConfig(Buffer.alloc(300_000, " "))).toThrow("larger than 262144 bytes");
});

test.each([
  ["/srv/app", "/home/me/app"],
  ["/srv/app/dist/main.js", "/home/me/app/dist/main.js"],
  ["/srv/application", "/srv/application"],
  ["/usr/bin:/srv/app/bin:/srv/app", "/usr/bin:/home/me/app/bin:/home/me/app"],
  ["--config=/srv/app/x", "--config=/home/me/app/x"],
  ["cd /srv/app && node '/srv/app/main.js'", "cd /home/me/app && node '/home/me/app/main.js'"],
  ["http://host/srv/app", "http://host/srv/app"],
  ["/other/srv/app", "/other/srv/app"],
])("maps %s to %s", (text, expected) => {
  expect(mapImagePaths(config, text)).toBe(expected);
});

test("folders of the image lie in the context", () => {
  expect(imageToContext(config, ".")).toBe("/home/me/app");
  expect(imageToContext(config, "server")).toBe("/home/me/app/server");
  expect(imageToContext(config, "/srv/app/server/")).toBe("/home/me/app/server");
  expect(() => imageToContext(config, "/srv")).toThrow("is not below /srv/app");
});
