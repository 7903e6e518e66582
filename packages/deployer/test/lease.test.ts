import { spawnSync } from "node:child_process";
import { describe, expect, test, vi } from "vitest";
import { leaseDurationMs, readLease, takeLease } from "../src/lease.ts";
import { awsError, fakeAws, fakeTime } from "./fake-aws.ts";

/** Parameter Store as far as a lease goes: versions, and the refusal to make what is there. */
function parameterStore(embedded?: string) {
  const versions = new Map<string, string[]>();
  return {
    versions,
    aws: fakeAws(
      {
        "ssm.PutParameter": ({ Name, Value, Overwrite }: { Name: string; Value: string; Overwrite: boolean }) => {
          const known = versions.get(Name) ?? [];
          if (known.length > 0 && !Overwrite) throw awsError("ParameterAlreadyExists", "The parameter already exists.");
          versions.set(Name, [...known, Value]);
          return { Version: known.length + 1 };
        },
        "ssm.GetParameter": ({ Name }: { Name: string }) => {
          const [name = "", version] = Name.split(":");
          const known = versions.get(name);
          if (!known) throw awsError("ParameterNotFound", "");
          const at = version === undefined ? known.length : Number(version);
          return { Parameter: { Value: known[at - 1], Version: at } };
        },
        "ssm.DeleteParameter": ({ Name }: { Name: string }) => void versions.delete(Name),
      },
      embedded,
    ),
  };
}

describe("one deployment at a time", () => {
  test("the second is told who holds it; after the release it may", async () => {
    const { aws, versions } = parameterStore();
    const time = fakeTime();
    const lease = await takeLease(aws, time, "shop", "prod", "deploy");
    await expect(takeLease(aws, time, "shop", "prod", "destroy")).rejects.toMatchObject({
      code: "held",
      message: expect.stringMatching(/^shop prod is held by .+ on .+ \(process \d+, deploy\) since 2026-01-01T00:00:00.000Z\.$/),
    });
    await lease.release();
    expect(versions.size).toBe(0);
    await (await takeLease(aws, time, "shop", "prod", "destroy")).release();
  });

  test("one that has run out is taken over, and the loser notices and leaves it alone", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const { aws } = parameterStore();
      const time = fakeTime();
      const first = await takeLease(aws, time, "shop", "prod", "deploy");
      time.advance(leaseDurationMs + 1);
      const second = await takeLease(aws, time, "shop", "prod", "deploy");
      expect(second.takenFrom?.since).toBe("2026-01-01T00:00:00.000Z");
      await vi.advanceTimersByTimeAsync(31_000);
      expect(first.lost.aborted).toBe(true);
      expect(second.lost.aborted).toBe(false);
      await first.release();
      expect((await readLease(aws, "shop", "prod"))?.holder?.expires).toBe(new Date(time.now() + leaseDurationMs).toISOString());
      await second.release();
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    [undefined, "rejected"],
    ["http://127.0.0.1:1", "fulfilled"],
  ])("one whose process was killed is taken over at once only in the cloud of this machine (%s)", async (embedded, status) => {
    const { aws, versions } = parameterStore(embedded);
    const time = fakeTime();
    const killed = spawnSync(process.execPath, ["--version"]).pid;
    await takeLease(aws, time, "shop", "local", "deploy");
    const [text = ""] = versions.get("/plinth/shop/local/lease")!;
    versions.set("/plinth/shop/local/lease", [JSON.stringify({ ...(JSON.parse(text) as object), pid: killed })]);
    const [result] = await Promise.allSettled([takeLease(aws, time, "shop", "local", "deploy")]);
    expect(result?.status).toBe(status);
  });

  test("of two that take over at once only the first has it", async () => {
    const { aws, versions } = parameterStore();
    const time = fakeTime();
    await takeLease(aws, time, "shop", "prod", "deploy");
    time.advance(leaseDurationMs + 1);
    const results = await Promise.allSettled([1, 2].map(() => takeLease(aws, time, "shop", "prod", "deploy")));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const stored = JSON.parse(versions.get("/plinth/shop/prod/lease")!.at(-1)!) as { id: string };
    const winner = JSON.parse(versions.get("/plinth/shop/prod/lease")![1]!) as { id: string };
    expect(stored.id).toBe(winner.id);
    for (const result of results) if (result.status === "fulfilled") await result.value.release();
    expect(versions.size).toBe(0);
  });
});
