/** `plinth failover`: another region becomes the one that writes a database. */
import { operate } from "../app/operate.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { inPlace } from "../app/placed-app.ts";

export const command: Command = {
  summary: "Make another region the one that writes a database",
  description:
    "For a database with globalRegions. Without --allow-data-loss it is a switchover: RDS waits until the other region has everything, nothing " +
    "is lost, and writes wait meanwhile. With it the other region takes over as it is, without a word from the present one: for when that is gone. " +
    "What it had not got yet is then lost. The former region follows the new one afterwards.",
  about: "stage",
  changes: true,
  json: true,
  arguments: [{ name: "DATABASE", required: false, description: "a database of the app; needless where there is one with copies" }],
  options: [
    { flags: "--to <region>", description: "the region that is to write; needless where there is one other" },
    { flags: "--allow-data-loss", description: "do without the region that writes now" },
  ],
  examples: [
    { command: "plinth failover --to eu-west-1 --stage prod", what: "in good order, back and forth" },
    { command: "plinth failover --to eu-west-1 --allow-data-loss --stage prod", what: "when the other region is gone" },
  ],
  async run(invocation) {
    const { json, terminal, options } = invocation;
    const database = invocation.arguments["DATABASE"];
    const to = options["to"] === undefined ? undefined : String(options["to"]);
    const allowDataLoss = options["allowDataLoss"] === true;
    const [{ failover, regionAnswers }, { realTime }] = await Promise.all([
      import("@plinth/deployer/failover"),
      import("@plinth/deployer"),
    ]);
    const goOn = [
      "failover",
      ...(database ? [database] : []),
      ...(to ? ["--to", to] : []),
      ...(allowDataLoss ? ["--allow-data-loss"] : []),
    ].join(" ");
    let appRegionAnswers = true;
    const result = await operate(
      invocation,
      goOn,
      (deployment) => failover(deployment, { database, to, allowDataLoss, appRegionAnswers }),
      undefined,
      // Where a region is gone, the other one is all that there is to ask.
      async (loaded, aws) => {
        if (allowDataLoss) appRegionAnswers = await regionAnswers(aws, realTime, invocation.signal);
        return appRegionAnswers ? inPlace(invocation, loaded, aws) : loaded;
      },
    );
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    else {
      terminal.note(`${result.database} is written in ${result.to} now, no more in ${result.from}.`);
      if (result.endpoint)
        terminal.note(`The writer answers at ${result.endpoint}, in whichever region it is: ${programsInWords(result.programs)}.`);
      if (result.lossAllowed)
        terminal.note(`RDS keeps what ${result.from} had in a snapshot there, rds:unplanned-global-failover-…, and lets it follow again.`);
      terminal.note(`plinth failover ${result.database} --to ${result.from}${stageOptions(invocation)} brings it back.`);
    }
    return exitCode.done;
  },
};

function programsInWords(programs: "follow" | "rolled" | "left"): string {
  switch (programs) {
    case "follow":
      return "programs name that, and follow";
    case "rolled":
      return "programs were rolled, since a proxy knows its own region alone";
    case "left":
      return "programs name the proxy of a region that does not answer; plinth deploy brings them over when it does";
  }
}
