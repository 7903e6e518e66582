/** Statements as policies of the size that AWS takes. Pure. */
import type { Statement } from "./statement.ts";

/** AWS's quota for a managed policy, in characters without white space. */
const mostCharacters = 6_144;

/** As many policies as it takes; ten can be attached to a role. */
export function policyDocuments(statements: readonly Statement[]): { Version: "2012-10-17"; Statement: Statement[] }[] {
  const documents: { Version: "2012-10-17"; Statement: Statement[] }[] = [];
  const add = (statement: Statement) => {
    const last = documents.at(-1);
    const grown = last && { ...last, Statement: [...last.Statement, statement] };
    if (grown && JSON.stringify(grown).length <= mostCharacters) documents[documents.length - 1] = grown;
    else if (JSON.stringify({ Version: "2012-10-17", Statement: [statement] }).length <= mostCharacters)
      documents.push({ Version: "2012-10-17", Statement: [statement] });
    else {
      const half = Math.ceil(statement.Action.length / 2);
      add({ ...statement, Action: statement.Action.slice(0, half) });
      add({ ...statement, Action: statement.Action.slice(half) });
    }
  };
  for (const statement of statements) add(statement);
  return documents;
}
