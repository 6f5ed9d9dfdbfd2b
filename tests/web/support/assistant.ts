/** An assistant, with the protocol's official client. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export interface Assistant {
  client: Client;
  /** What a tool answers; its error as text. */
  use(name: string, input?: Record<string, unknown>): Promise<ToolAnswer>;
}

export interface ToolAnswer {
  error: string | null;
  // Tests say what they expect of it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any;
  meta: Record<string, unknown>;
}

export async function connectAssistant(url: string, key: string, era: 'auto' | 'legacy' = 'auto'): Promise<Assistant> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit }));
  return {
    client,
    async use(name, input = {}) {
      const { isError, content, structuredContent, _meta = {} } = await client.callTool({ name, arguments: input });
      const [first] = content;
      const said = first?.type === 'text' ? first.text : '';
      return { error: isError ? said : null, data: structuredContent, meta: _meta };
    },
  };
}
