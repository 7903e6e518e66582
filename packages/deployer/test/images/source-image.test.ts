/** Source images: what goes into one, and how it is pushed. */
import { expect, test } from "vitest";
import { pushSourceImage, sourceConfig, sourceManifest } from "../../src/images/source-image.ts";
import { awsError, fakeAws } from "../fake-aws.ts";

test("the final stage as a source image, without what lies outside the context", () => {
  const config = sourceConfig("/home/shop", "hash", {
    workingDirectory: "/app/api",
    contextRoot: "/app",
    env: { NODE_ENV: "production", NODE_EXTRA_CA_CERTS: "/etc/ssl/rds.pem", SSL_CERT_FILE: "/app/own.pem" },
    command: ["node", "server.js"],
    exposedPorts: [3000],
  });
  expect(config).toEqual({
    context: "/home/shop",
    contentHash: "hash",
    imageRoot: "/app",
    workingDirectory: "/app/api",
    env: { NODE_ENV: "production", SSL_CERT_FILE: "/app/own.pem" },
    command: ["node", "server.js"],
    exposedPorts: [3000],
  });
});

test("the digest follows from the content, and pushing what is there is no error", async () => {
  const source = sourceManifest({ context: "/a", contentHash: "1" });
  expect(sourceManifest({ context: "/a", contentHash: "1" }).digest).toBe(source.digest);
  expect(sourceManifest({ context: "/a", contentHash: "2" }).digest).not.toBe(source.digest);
  const aws = fakeAws({
    "ecr.InitiateLayerUpload": () => ({ uploadId: "u" }),
    "ecr.UploadLayerPart": ({ layerPartBlob, partLastByte }: { layerPartBlob: Buffer; partLastByte: number }) => {
      expect(layerPartBlob.byteLength).toBe(partLastByte + 1);
      return {};
    },
    "ecr.CompleteLayerUpload": () => {
      throw awsError("LayerAlreadyExistsException", "");
    },
    "ecr.PutImage": ({ imageManifest }: { imageManifest: string }) => {
      expect(JSON.parse(imageManifest)).toMatchObject({
        artifactType: "application/vnd.plinth.source.v1",
        config: { digest: source.configDigest },
      });
      throw awsError("ImageAlreadyExistsException", "");
    },
  });
  await pushSourceImage(aws, "shop", "source-1", source);
  expect(aws.calls).toHaveLength(4);
});
