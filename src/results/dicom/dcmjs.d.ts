/** The part of dcmjs that we use; the package brings no types. */
declare module "dcmjs" {
  interface Element {
    readonly vr: string;
    readonly Value: readonly unknown[];
  }
  type Dataset = Record<string, unknown>;
  class DicomDict {
    constructor(meta: Record<string, Element>);
    dict: Record<string, Element>;
    write(options?: { readonly fragmentMultiframe?: boolean }): ArrayBuffer;
  }
  const dcmjs: {
    readonly data: {
      readonly DicomDict: typeof DicomDict;
      readonly DicomMessage: {
        readFile(
          content: ArrayBuffer,
          options?: { readonly untilTag?: string; readonly ignoreErrors?: boolean },
        ): DicomDict;
      };
      readonly DicomMetaDictionary: {
        naturalizeDataset(dataset: Record<string, Element>): Dataset;
        denaturalizeDataset(dataset: Dataset): Record<string, Element>;
      };
    };
    readonly log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
