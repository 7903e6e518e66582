/** The sizes that S3 takes. */
import { AwsError } from "../../aws-error.ts";

/** Of one PutObject or part. */
export const maximumPutBytes = 5 * 1024 ** 3;
/** Of every part but the last. */
export const minimumPartBytes = 5 * 1024 ** 2;
export const maximumParts = 10_000;

export function tooLarge(sizeBytes: number | undefined): void {
  if (sizeBytes !== undefined && sizeBytes > maximumPutBytes) {
    throw new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, {
      ProposedSize: sizeBytes,
      MaxSizeAllowed: maximumPutBytes,
    });
  }
}
