import { spawnSync } from "node:child_process";
import { describe, expect, test, vi } from "vitest";
import { breakLease, leaseDurationMs, ownerName, readLease, takeLease } from "../src/lease.ts";
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

  test("a holder that slept past its end renews before it acts; taken over meanwhile, it does not act", async () => {
    const { aws } = parameterStore();
    const time = fakeTime();
    const slept = await takeLease(aws, time, "shop", "prod", "deploy");
    time.advance(leaseDurationMs * 3);
    await slept.confirm();
    expect((await readLease(aws, "shop", "prod"))?.holder?.expires).toBe(new Date(time.now() + leaseDurationMs).toISOString());
    time.advance(leaseDurationMs + 1);
    const second = await takeLease(aws, time, "shop", "prod", "deploy");
    await expect(slept.confirm()).rejects.toMatchObject({ code: "held", message: expect.stringContaining("was lost") });
    await slept.release();
    await second.confirm();
    await second.release();
  });

  test("a heartbeat that comes between the takeover's two calls is undone: one holder is left", async () => {
    const { aws, versions } = parameterStore();
    const time = fakeTime();
    const first = await takeLease(aws, time, "shop", "prod", "deploy");
    time.advance(leaseDurationMs + 1);
    const results = await Promise.allSettled([takeLease(aws, time, "shop", "prod", "deploy"), first.confirm()]);
    const holders = [results[0].status === "fulfilled" ? results[0].value.lost : undefined, first.lost].filter(
      (one) => one?.aborted === false,
    );
    expect(holders).toHaveLength(1);
    expect(versions.size).toBe(1);
  });

  test("on AWS a lease that seems to have run out is watched: clocks differ, and a heartbeat says that its holder lives", async () => {
    const { aws } = parameterStore();
    const time = fakeTime();
    const first = await takeLease(aws, time, "shop", "prod", "deploy");
    const fast = { now: () => time.now() + leaseDurationMs * 2, sleep: async () => first.confirm() };
    const notes: string[] = [];
    time.advance(leaseDurationMs / 2 + 1);
    await expect(
      takeLease(aws, fast, "shop", "prod", "deploy", { emit: (event) => event.type === "note" && notes.push(event.message) }),
    ).rejects.toMatchObject({ code: "held" });
    expect(notes[0]).toMatch(/^The lease of .+ has run out: watching for a sign of life\.$/);
    expect(first.lost.aborted).toBe(false);
  });

  test("one that waits is served when the holder has ended, and tells for whom it waits", async () => {
    const { aws } = parameterStore();
    const time = fakeTime();
    const first = await takeLease(aws, time, "shop", "prod", "deploy");
    const notes: string[] = [];
    let turns = 0;
    const second = await takeLease(
      aws,
      { now: time.now, sleep: async (ms) => (time.advance(ms), ++turns === 3 ? first.release() : first.confirm()) },
      "shop",
      "prod",
      "scale",
      { waitMs: 60_000, emit: (event) => event.type === "note" && notes.push(event.message) },
    );
    expect(second.takenFrom).toBeUndefined();
    expect(notes).toEqual([expect.stringMatching(/^Waiting for .+ on .+ \(process \d+, deploy\), since 2026-01-01T00:00:00\.000Z\.$/)]);
  });

  test("released by hand, its holder notices before it acts again; another's is not released in its place", async () => {
    const { aws } = parameterStore();
    const time = fakeTime();
    const first = await takeLease(aws, time, "shop", "prod", "deploy");
    const { holder } = (await readLease(aws, "shop", "prod"))!;
    expect(await breakLease(aws, "shop", "prod", holder)).toBe(true);
    // In the same moment, too: no answer of before counts.
    await expect(first.confirm()).rejects.toMatchObject({ code: "held" });
    const second = await takeLease(aws, time, "shop", "prod", "deploy");
    expect(await breakLease(aws, "shop", "prod", holder)).toBe(false);
    await second.confirm();
  });

  test("in a workflow the holder is who started it, and the page of its run", () => {
    const run = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "acme/shop", GITHUB_RUN_ID: "42" };
    expect(ownerName({ GITHUB_ACTIONS: "true", GITHUB_ACTOR: "ada", ...run })).toBe("ada by https://github.com/acme/shop/actions/runs/42");
  });
});
