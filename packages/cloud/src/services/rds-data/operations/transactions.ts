/** BeginTransaction, CommitTransaction, RollbackTransaction. */
import { operation, type OperationContext } from "../../../service.ts";
import { badRequest } from "../errors.ts";
import { asAwsError, findEndpoint, openSession } from "../session.ts";
import { holdTransaction, takeTransaction } from "../transaction.ts";

export const beginTransaction = operation("rds-data", "BeginTransaction", async (input, context) => {
  if (input.schema !== undefined) throw badRequest("The schema parameter isn't supported.");
  const { resourceId } = findEndpoint(context, input.resourceArn!);
  const session = await openSession(context, { resourceArn: input.resourceArn!, secretArn: input.secretArn!, database: input.database });
  try {
    await session.client.query("begin");
  } catch (error) {
    session.end();
    throw asAwsError(error, input.resourceArn!);
  }
  return { transactionId: holdTransaction(context.cloud, resourceId, session) };
});

export const commitTransaction = operation("rds-data", "CommitTransaction", async (input, context) => {
  await end(context, input.resourceArn!, input.transactionId!, "commit");
  return { transactionStatus: "Transaction Committed" };
});

export const rollbackTransaction = operation("rds-data", "RollbackTransaction", async (input, context) => {
  await end(context, input.resourceArn!, input.transactionId!, "rollback");
  return { transactionStatus: "Rollback Complete" };
});

async function end(context: OperationContext, resourceArn: string, id: string, sql: "commit" | "rollback"): Promise<void> {
  const { resourceId } = findEndpoint(context, resourceArn);
  const session = takeTransaction(context.cloud, id, resourceId);
  try {
    await session.client.query(sql);
  } catch (error) {
    throw asAwsError(error, resourceArn);
  } finally {
    session.end();
  }
}
