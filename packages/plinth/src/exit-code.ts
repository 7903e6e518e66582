/** The exit codes that scripts can trust; `docs/commands.md` has the same table. */
export const exitCode = {
  done: 0,
  /** A deployment, or what else was asked for, did not succeed. */
  failed: 1,
  /** The command line is not one that plinth knows. */
  usage: 2,
  /** The app's file does not type-check or does not hold; nothing was touched. */
  app: 3,
  /** Nobody agreed: without a terminal that takes --yes. */
  notConsented: 4,
  /** Another deployment holds the stage. */
  held: 5,
  /** The embedded cloud, the AWS account, the network or a tool on this machine. */
  environment: 6,
  /** Required secrets have no value. */
  secretsMissing: 7,
  /** `doctor` found nothing broken, and something that will not last. */
  warned: 8,
  /** What a stage is expected to cost is more than its budget. */
  overBudget: 9,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
