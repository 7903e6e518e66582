/** Elastic Load Balancing, version 2 in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";

export const elbv2 = defineService({ id: "elbv2", operations: {} });
