/** Files in a bucket of S3. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";

export interface Files {
  put(key: string, body: string, type: string): Promise<void>;
  get(key: string): Promise<{ body: Readable; type: string; sizeBytes: number | undefined }>;
}

export function openFiles(client: S3Client, bucket: string): Files {
  return {
    async put(key, body, type) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type }));
    },
    async get(key) {
      const { Body, ContentType, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { body: Body as Readable, type: ContentType ?? "application/octet-stream", sizeBytes: ContentLength };
    },
  };
}
