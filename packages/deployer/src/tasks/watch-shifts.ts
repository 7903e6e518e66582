/** Tells while a deployment waits how far the requests of its services have been moved. It asks, and changes nothing. */
import type { Template } from "@plinth/cloudformation";
import type { Deployment } from "../deployment.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { serviceStates } from "./service-state.ts";
import { shiftText } from "./shift.ts";

/** Shares stay for minutes; a stage may be over in a moment. */
const pauseMs = { embedded: 500, aws: 10_000 };

/** Until `act` is over. What cannot be asked, as while a service is being made, is asked again. */
export async function watchingShifts<T>(
  deployment: Deployment,
  stacks: ReadonlyMap<string, DeployedStack>,
  act: () => Promise<T>,
): Promise<T> {
  const { aws, assembly, emit, time, signal } = deployment;
  const over = new AbortController();
  const told = new Map<string, string>();
  const look = async () => {
    const states = await serviceStates(aws, assembly.programs, stacks).catch(() => []);
    for (const { program, shift } of states) {
      const text = shift && shiftText(shift);
      if (text !== undefined && told.get(program.name) !== text) emit({ type: "note", message: `    ${program.name}: ${text}` });
      if (text !== undefined) told.set(program.name, text);
    }
  };
  const watch = async () => {
    for (;;) {
      await time.sleep(aws.embedded ? pauseMs.embedded : pauseMs.aws, AbortSignal.any([signal, over.signal]));
      await look();
    }
  };
  const watching = watch().catch(() => undefined);
  try {
    return await act();
  } finally {
    over.abort();
    await watching;
    // Whoever stops it wants to know what goes on without them.
    if (signal.aborted) await look();
  }
}

/** Whether one of its services gives a new version its requests bit by bit, or at once. */
export const movesRequests = ({ Resources }: Template): boolean =>
  Object.values(Resources).some(({ Type, Properties }) => {
    const { Strategy = "ROLLING" } = (Properties?.["DeploymentConfiguration"] ?? {}) as { Strategy?: string };
    return Type === "AWS::ECS::Service" && Strategy !== "ROLLING";
  });
