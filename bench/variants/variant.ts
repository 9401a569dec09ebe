/** One way of copying an object from the light OSS to the light S3. */
export interface Variant {
  copy(object: { readonly key: string; readonly sizeBytes: number }): Promise<void>;
  close(): Promise<void>;
}

export const VARIANT_NAMES = ['bridge', 'floor', 'naive'] as const;
export type VariantName = (typeof VARIANT_NAMES)[number];
