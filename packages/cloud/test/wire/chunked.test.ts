/** aws-chunked bodies: the signed example of AWS's documentation, trailers, checksums, and bodies that lie. */
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { checksumOf } from "../../src/wire/checksum.ts";
import { chunkedDecoder, type ChunkedOptions } from "../../src/wire/chunked.ts";
import type { Signed } from "../../src/wire/credential-scope.ts";

async function decode(body: string | Buffer, options: Partial<ChunkedOptions> = {}, pieceBytes = 7_001) {
  let trailers: Record<string, string> = {};
  const decoder = chunkedDecoder({ decodedSizeBytes: undefined, seed: undefined, onTrailers: (found) => (trailers = found), ...options });
  const bytes = Buffer.from(body);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  const decoded = Buffer.concat(await Readable.from(pieces).pipe(decoder).toArray());
  return { decoded: decoded.toString(), trailers };
}

/** "Example: Transferring payload in multiple chunks", Amazon S3 API Reference. */
const signed: Signed = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  date: "20130524",
  region: "us-east-1",
  service: "s3",
  signedHeaders: "",
  signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
  sessionToken: undefined,
  at: "20130524T000000Z",
  expiresSeconds: undefined,
  algorithm: "AWS4-HMAC-SHA256",
};
const seed = { signed, secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const example = [
  `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${"a".repeat(65_536)}\r\n`,
  `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${"a".repeat(1024)}\r\n`,
  "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
].join("");

describe("signed chunks", () => {
  test("the documentation's example", async () => {
    const { decoded } = await decode(example, { seed, decodedSizeBytes: 66_560 });
    expect(decoded).toBe("a".repeat(66_560));
  });

  test.each([1, 2, 3, 100, 65_620])("in pieces of %i bytes", async (pieceBytes) => {
    const { decoded } = await decode(example, { seed }, pieceBytes);
    expect(decoded).toHaveLength(66_560);
  });

  test("a changed byte breaks the chain", async () => {
    await expect(decode(example.replace("aaaa\r\n400", "aaab\r\n400"), { seed })).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

describe("unsigned chunks", () => {
  test("with trailers", async () => {
    expect(await decode("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", { decodedSizeBytes: 11 })).toEqual({
      decoded: "hello world",
      trailers: { "x-amz-checksum-crc32": "DUoRhQ==" },
    });
  });

  test.each([
    ["a body that ends inside a chunk", "5\r\nhel", undefined, "IncompleteBody"],
    ["a body without its last chunk", "5\r\nhello\r\n", undefined, "IncompleteBody"],
    ["a size that is none", "zz\r\nhello\r\n0\r\n\r\n", undefined, "InvalidRequest"],
    ["a chunk longer than it says", "4\r\nhello\r\n0\r\n\r\n", undefined, "InvalidRequest"],
    ["less content than declared", "5\r\nhello\r\n0\r\n\r\n", 6, "IncompleteBody"],
    ["more content than declared", "5\r\nhello\r\n0\r\n\r\n", 4, "InvalidRequest"],
  ])("%s", async (_what, body, decodedSizeBytes, code) => {
    await expect(decode(body, { decodedSizeBytes })).rejects.toMatchObject({ code });
  });
});

test.each([
  // The check value of each algorithm is that of the ASCII digits 1 to 9.
  ["crc32", "y/Q5Jg=="],
  ["crc32c", "4waSgw=="],
  ["crc64nvme", "rosUhgp5mIg="],
  ["sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="],
  ["sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
  ["md5", "JfnnlDI7RTiF9RgfG2JNCw=="],
])("%s", (algorithm, expected) => {
  const checksum = checksumOf(algorithm)!;
  checksum.update(Buffer.from("1234"));
  checksum.update(Buffer.from("56789"));
  expect(checksum.digest()).toBe(expected);
});
