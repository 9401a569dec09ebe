/** What IAM is asked about a request. A transaction is allowed by what it does: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
export function iamActionsOf(operation: string, body: string): readonly string[] {
  if (operation !== 'TransactWriteItems') return [`dynamodb:${operation}`];
  const { TransactItems } = JSON.parse(body) as { TransactItems: Record<string, unknown>[] };
  // `Put`, `Update`, `Delete`, `ConditionCheck`
  return TransactItems.flatMap(item => Object.keys(item).map(kind => `dynamodb:${kind}Item`));
}
