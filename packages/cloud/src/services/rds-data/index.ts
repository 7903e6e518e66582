/** The RDS Data API in the embedded cloud. README.md says what is real and refused. */
import { type Authorization, defineService } from "../../service.ts";
import { batchExecuteStatement, executeStatement } from "./operations/statements.ts";
import { beginTransaction, commitTransaction, rollbackTransaction } from "./operations/transactions.ts";
import { endTransactions } from "./transaction.ts";

const onCluster =
  (action: string) =>
  ({ resourceArn }: { resourceArn?: string | undefined }): Authorization[] => [
    { action: `rds-data:${action}`, resource: resourceArn ?? "*" },
  ];

export const rdsData = defineService({
  id: "rds-data",
  operations: {
    BatchExecuteStatement: batchExecuteStatement,
    BeginTransaction: beginTransaction,
    CommitTransaction: commitTransaction,
    ExecuteStatement: executeStatement,
    RollbackTransaction: rollbackTransaction,
  },
  // The secret is read by the caller as well.
  authorize: {
    BatchExecuteStatement: onCluster("BatchExecuteStatement"),
    BeginTransaction: onCluster("BeginTransaction"),
    CommitTransaction: onCluster("CommitTransaction"),
    ExecuteStatement: onCluster("ExecuteStatement"),
    RollbackTransaction: onCluster("RollbackTransaction"),
  },
  stop: endTransactions,
  reset: endTransactions,
});
