/** Application Auto Scaling in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";

export const applicationAutoscaling = defineService({ id: "application-autoscaling", operations: {} });
