/** Makes a random password and keeps nothing. */
import { operation } from "../../../service.ts";
import { randomPassword } from "../password.ts";

export const getRandomPassword = operation("secretsmanager", "GetRandomPassword", (input, { cloud }) => ({
  RandomPassword: randomPassword(cloud.world.random, input),
}));
