/** TestEventPattern: whether an event would be taken, without one being sent. */
import { operation } from "../../../service.ts";
import { check, invalidParameter } from "../errors.ts";
import { readPattern } from "../pattern/pattern.ts";

const required = ["id", "account", "source", "time", "region", "detail-type"];

export const testEventPattern = operation("events", "TestEventPattern", ({ EventPattern, Event }) => {
  check({ eventPattern: [EventPattern, { length: [0, 4096] }] });
  const event = parsed(Event);
  if (!event || required.some((name) => !Object.hasOwn(event, name))) throw invalidParameter("Event");
  return { Result: readPattern(EventPattern)(event) };
});

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
