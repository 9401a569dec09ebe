// What init asks of DynamoDB about the ledger's table.

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type TableDescription,
  type TimeToLiveDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type AwsConnection, callAws, clientConfig, hasAwsCode } from './aws-connection.ts';

export interface TableCalls {
  /** Undefined when there is none. */
  describe(table: string, signal: AbortSignal): Promise<TableDescription | undefined>;
  /** One that is there already is no error: whose it is, the next look says. */
  create(input: CreateTableCommandInput, signal: AbortSignal): Promise<void>;
  protect(table: string, signal: AbortSignal): Promise<void>;
  /** Undefined when there is no table. */
  timeToLive(table: string, signal: AbortSignal): Promise<TimeToLiveDescription | undefined>;
  setTimeToLive(input: UpdateTimeToLiveCommandInput, signal: AbortSignal): Promise<void>;
  /** Whether the table can be brought back as it was at any second of the last days. */
  hasRecovery(table: string, signal: AbortSignal): Promise<boolean>;
  /** False while a new table cannot take it yet. */
  setRecovery(table: string, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

export function connectDynamodb(connection: AwsConnection): TableCalls {
  const client = new DynamoDBClient(clientConfig(connection, 'DYNAMODB'));
  return {
    describe: (TableName, signal) =>
      unlessMissing(async () => {
        const command = new DescribeTableCommand({ TableName });
        return (await callAws(requestOf('DescribeTable', TableName), signal, to => client.send(command, to))).Table;
      }),
    async create(input, signal) {
      const command = new CreateTableCommand(input);
      try {
        await callAws(requestOf('CreateTable', input.TableName), signal, to => client.send(command, to));
      } catch (error) {
        if (!hasAwsCode(error, 'ResourceInUseException')) throw error;
      }
    },
    async protect(TableName, signal) {
      const command = new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true });
      await callAws(requestOf('UpdateTable', TableName), signal, to => client.send(command, to));
    },
    timeToLive: (TableName, signal) =>
      unlessMissing(async () => {
        const command = new DescribeTimeToLiveCommand({ TableName });
        const request = requestOf('DescribeTimeToLive', TableName);
        return (await callAws(request, signal, to => client.send(command, to))).TimeToLiveDescription;
      }),
    async setTimeToLive(input, signal) {
      const command = new UpdateTimeToLiveCommand(input);
      try {
        await callAws(requestOf('UpdateTimeToLive', input.TableName), signal, to => client.send(command, to));
      } catch (error) {
        // By our own request, whose answer was lost.
        if (!(hasAwsCode(error, 'ValidationException') && /already enabled/i.test(error.message))) throw error;
      }
    },
    async hasRecovery(TableName, signal) {
      const command = new DescribeContinuousBackupsCommand({ TableName });
      const request = requestOf('DescribeContinuousBackups', TableName);
      const answer = await unlessMissing(() => callAws(request, signal, to => client.send(command, to)));
      const recovery = answer?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      return recovery?.PointInTimeRecoveryStatus === 'ENABLED';
    },
    async setRecovery(TableName, signal) {
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
      const command = new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification });
      try {
        await callAws(requestOf('UpdateContinuousBackups', TableName), signal, to => client.send(command, to));
        return true;
      } catch (error) {
        if (hasAwsCode(error, 'ContinuousBackupsUnavailableException')) return false;
        throw error;
      }
    },
    close: () => client.destroy(),
  };
}

function requestOf(operation: string, table = '') {
  return { operation: `DynamoDB ${operation}`, action: `dynamodb:${operation}`, resource: `table ${table}` };
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasAwsCode(error, 'ResourceNotFoundException', 'TableNotFoundException')) return undefined;
    throw error;
  }
}
