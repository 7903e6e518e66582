/** The uploads' bucket: what browsers may write into it, and what lies there. */
import { GetObjectCommand, HeadObjectCommand, NotFound, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Readable } from "node:stream";

export interface Files {
  /** Where a browser puts a file of just this size and type, within ten minutes. */
  uploadUrl(key: string, type: string, sizeBytes: number): Promise<string>;
  /** Its version, or `undefined` when it is not there. */
  version(key: string): Promise<string | undefined>;
  read(key: string): Promise<Readable>;
  put(key: string, body: string, type: string): Promise<void>;
  /** Unless something lies there already. */
  putOnce(key: string, body: string, type: string): Promise<void>;
}

const uploadSeconds = 600;

export function openFiles(bucket: string): Files {
  const client = new S3Client({});
  // Of a file that is yet to come no checksum is known.
  const presigning = new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED" });
  return {
    uploadUrl: (Key, ContentType, ContentLength) =>
      getSignedUrl(presigning, new PutObjectCommand({ Bucket: bucket, Key, ContentType, ContentLength }), {
        expiresIn: uploadSeconds,
        signableHeaders: new Set(["content-type", "content-length"]),
      }),
    async version(Key) {
      try {
        const { ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
        return ETag;
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        throw error;
      }
    },
    async read(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return Body as Readable;
    },
    async put(Key, Body, ContentType) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }));
    },
    async putOnce(Key, Body, ContentType) {
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType, IfNoneMatch: "*" }));
      } catch (error) {
        if (!(error instanceof S3ServiceException) || error.name !== "PreconditionFailed") throw error;
      }
    },
  };
}
