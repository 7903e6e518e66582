/** Amazon SQS in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";

export const sqs = defineService({ id: "sqs", operations: {} });
