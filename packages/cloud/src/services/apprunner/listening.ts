/** Programs are told the cloud's address, which is known once it listens: shortly after all services have started. */
import type { Cloud } from "../../cloud.ts";

const lookAgainMs = 20;

export async function listening(cloud: Cloud): Promise<void> {
  for (;;) {
    try {
      if (cloud.endpoint !== "") return;
    } catch {
      // Not yet.
    }
    await cloud.world.clock.sleep(lookAgainMs, cloud.stopping);
  }
}
