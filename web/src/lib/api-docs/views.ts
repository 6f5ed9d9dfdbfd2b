/** What the page about the API shows. Texts may name code between backticks. */
export interface ApiDocs {
  about: string;
  parts: { name: string; calls: CallDoc[] }[];
  errors: { code: string; status: number; title: string }[];
}

export interface CallDoc {
  id: string;
  method: string;
  /** Below /api/v1, with parameters in braces. */
  path: string;
  text: string;
  /** Wants nobody to be signed in. */
  isOpen: boolean;
  parameters: string[];
  /** Shapes are one property a line. */
  body: string | null;
  answers: { status: string; shape: string | null }[];
}
