// The part of `@alicloud/fc2` that is used. It has no types of its own.

declare module '@alicloud/fc2' {
  class Client {
    constructor(
      accountId: string,
      config: {
        readonly accessKeyID: string;
        readonly accessKeySecret: string;
        readonly securityToken?: string;
        readonly region: string;
        /** HTTPS; plain HTTP unless said. */
        readonly secure?: boolean;
        /** In place of https://ACCOUNT.REGION.fc.aliyuncs.com */
        readonly endpoint?: string;
        readonly timeout?: number;
      },
    );
    /** Of the API: part of every path, and signed. */
    version: string;
    get(path: string, query?: Readonly<Record<string, string>> | null): Promise<Answer>;
    post(path: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<Answer>;
  }

  interface Answer {
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    /** Parsed where it was JSON, else text. */
    readonly data: unknown;
  }

  export = Client;
}
