/** An error as AWS's clients see it: a code, a message in AWS's words, an HTTP status. */
export class AwsError extends Error {
  /** As `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number;
  /** Further members of the error's shape (`Item`, `QueueUrl`, …); of S3's, those in lower case are headers (`x-amz-delete-marker`). */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}
