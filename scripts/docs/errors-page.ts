/** docs/reference/errors.md, made from the catalogue of faults. */
import { type FaultCode, faultKinds } from '../../src/contract/errors.ts';
import { code, fenced, page, pageHead, table } from './markdown.ts';

const INTRODUCTION = `
A fault is something that went wrong. Each has a code that never changes once it is released. The API answers with
the HTTP status and a body; the command line prints the message and a hint on standard error and ends with the exit
status. A refused switchover is no fault but an answer: its reasons are in [refusals.md](refusals.md).
`;

const BODY = `
{
  "error": {
    "code": "not-found",
    "message": "no cluster \\"order\\"; clusters: orders",
    "details": { "clusters": ["orders"] }
  }
}
`;

const REST = `
- \`details\` is there when there is more to say: the field that is wrong, the names there are, the server's own error
  number.
- \`refusals\` is there with \`refused\`.
- *Again* means that the same request may succeed later without anybody mending anything. Where it says no, something
  has to be changed first.
- The same codes stand in operations: in \`outcome.cause\`, in flags, and in the journal's \`step-failed\` and
  \`undo-failed\` lines.

## Exit status

| status | meaning |
|---|---|
| 0 | done |
| 1 | failed: a fault, or an operation that did not succeed |
| 2 | wrong usage, an unknown name, a wrong token or a wrong configuration |
| 3 | refused: nothing was changed |
`;

export function errorsPage(): string {
  const rows = (Object.keys(faultKinds) as FaultCode[]).map((name) => {
    const { status, exit, retryable, help } = faultKinds[name];
    return [code(name), String(status), String(exit), retryable ? 'yes' : 'no', help];
  });
  return page(
    pageHead('Errors', 'src/contract/errors.ts'),
    INTRODUCTION,
    fenced(BODY.trim(), 'json'),
    table(['code', 'HTTP', 'exit', 'again', 'what it means'], rows),
    REST,
  );
}
