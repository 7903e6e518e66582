/** ExecuteStatement and BatchExecuteStatement: in a transaction that stands open, or each in a session of its own. */
import { operation, type OperationContext } from "../../../service.ts";
import { badRequest } from "../errors.ts";
import { jsonOf } from "../fields.ts";
import { runStatement } from "../run-statement.ts";
import { findEndpoint, openSession, type Session, type SessionRequest } from "../session.ts";
import { inTransaction } from "../transaction.ts";

export const executeStatement = operation("rds-data", "ExecuteStatement", (input, context) => {
  const { sql, parameters, resourceArn, resultSetOptions: options, continueAfterTimeout: goesOn } = input;
  if (input.schema !== undefined) throw badRequest("The schema parameter isn't supported.");
  const asJson = input.formatRecordsAs === "JSON";
  return onSession(context, input as Request, async (session) => {
    const withMetadata = input.includeResultMetadata && !asJson;
    const request = { resourceArn: resourceArn!, sql: sql!, parameters, options, withMetadata, goesOn };
    const { updated, rows } = await runStatement(context.cloud, session, request);
    if (!rows) return { numberOfRecordsUpdated: updated, generatedFields: [] };
    const { labels, records, metadata } = rows;
    if (asJson) {
      const objects = records.map((record) => Object.fromEntries(record.map((field, index) => [labels[index]!, jsonOf(field)])));
      return { numberOfRecordsUpdated: updated, formattedRecords: JSON.stringify(objects) };
    }
    return { numberOfRecordsUpdated: updated, records, ...(metadata && { columnMetadata: metadata }) };
  });
});

/** One set after the other; outside a transaction each is committed by itself. */
export const batchExecuteStatement = operation("rds-data", "BatchExecuteStatement", (input, context) => {
  const { sql, resourceArn, parameterSets = [[]] } = input;
  if (input.schema !== undefined) throw badRequest("The schema parameter isn't supported.");
  return onSession(context, input as Request, async (session) => {
    for (const parameters of parameterSets)
      await runStatement(context.cloud, session, { resourceArn: resourceArn!, sql: sql!, parameters });
    return { updateResults: parameterSets.map(() => ({ generatedFields: [] })) };
  });
});

type Request = SessionRequest & { transactionId?: string };

async function onSession<T>(context: OperationContext, request: Request, run: (session: Session) => Promise<T>): Promise<T> {
  const { cloud } = context;
  if (request.transactionId !== undefined) {
    const { resourceId } = findEndpoint(context, request.resourceArn);
    return inTransaction(cloud, request.transactionId, resourceId, run);
  }
  const session = await openSession(context, request);
  try {
    return await run(session);
  } finally {
    session.end();
  }
}
