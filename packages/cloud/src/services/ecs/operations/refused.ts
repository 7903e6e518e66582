/** What AWS does and this cloud does not, refused by name. */
import { operation } from "../../../service.ts";
import { notHere } from "../errors.ts";

export const createTaskSet = operation("ecs", "CreateTaskSet", () => {
  throw notHere("task sets (external deployment controllers)");
});

export const updateServicePrimaryTaskSet = operation("ecs", "UpdateServicePrimaryTaskSet", () => {
  throw notHere("task sets (external deployment controllers)");
});

export const createCapacityProvider = operation("ecs", "CreateCapacityProvider", () => {
  throw notHere("capacity providers other than FARGATE and FARGATE_SPOT");
});
