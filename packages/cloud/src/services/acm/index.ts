/** AWS Certificate Manager in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";

export const acm = defineService({ id: "acm", operations: {} });
