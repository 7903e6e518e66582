/** AWS WAF in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";

export const wafv2 = defineService({ id: "wafv2", operations: {} });
