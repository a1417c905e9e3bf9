import type { ContentType } from './content-type.ts';

/** What the content of a file with some extension is expected to look like. */
export interface Expectation {
  accepts(type: ContentType): boolean;
  /** True when the format always shows itself in its first bytes, so that finding nothing says something. */
  readonly marked: boolean;
}

/** Formats of file-type that a plain text may turn out to be. */
const TEXT_FORMATS = ['xml', 'rtf', 'vcf', 'ics', 'vtt', 'ps', 'eps', 'pgp', 'reg'];

const TEXT_EXTENSIONS =
  'csv tsv tab txt text md json jsonl ndjson geojson xml html htm css log yaml yml toml ini sql ' +
  'r rmd py ipynb sas sps do ado m jl sh js ts c h cpp java tex bib rtf vcf ics svg';

/** Extensions of formats that begin with a mark of their own, each with the formats of file-type that fit. */
const MARKED: Readonly<Record<string, string>> = {
  pdf: 'pdf',
  png: 'png apng',
  jpg: 'jpg',
  jpeg: 'jpg',
  gif: 'gif',
  webp: 'webp',
  gz: 'gz tar.gz',
  tgz: 'gz tar.gz',
  bz2: 'bz2',
  xz: 'xz',
  zst: 'zst',
  '7z': '7z',
  rar: 'rar',
  // A document with a password is kept in the older container.
  docx: 'docx docm zip cfb',
  xlsx: 'xlsx xlsm zip cfb',
  pptx: 'pptx pptm zip cfb',
  odt: 'odt zip',
  ods: 'ods zip',
  odp: 'odp zip',
  doc: 'cfb rtf xml docx',
  xls: 'cfb xml xlsx',
  ppt: 'cfb pptx',
  msg: 'cfb',
  sqlite: 'sqlite',
  parquet: 'parquet',
};

/** The same for formats that file-type does not always recognise. */
const UNMARKED: Readonly<Record<string, string>> = {
  tar: 'tar',
  tif: 'tif',
  tiff: 'tif',
  bmp: 'bmp',
  heic: 'heic avif',
  dcm: 'dcm',
  sav: 'sav',
  avro: 'avro',
  arrow: 'arrow',
  feather: 'arrow',
};

/** Containers and their contents share names more freely than a table could list. */
const SOUND_AND_PICTURE = 'mp3 m4a wav flac ogg oga opus aac wma mp4 m4v mov avi mkv webm mpg mpeg wmv ogv';

/** Formats that are zip archives under another name: all of them may be called .zip. */
const ZIP_MEDIA_TYPE = /zip|openxmlformats|opendocument|macroenabled|java-archive|3mf|vnd\.android/i;

const expectations = new Map<string, Expectation>();
for (const extension of TEXT_EXTENSIONS.split(' ')) {
  expectations.set(extension, { accepts: ({ ext }) => TEXT_FORMATS.includes(ext), marked: false });
}
for (const [table, marked] of [
  [MARKED, true],
  [UNMARKED, false],
] as const) {
  for (const [extension, formats] of Object.entries(table)) {
    const accepted = formats.split(' ');
    expectations.set(extension, { accepts: ({ ext }) => accepted.includes(ext), marked });
  }
}
for (const extension of SOUND_AND_PICTURE.split(' ')) {
  const accepts = ({ mime }: ContentType): boolean => /^(audio|video)\/|^application\/(ogg|mxf)/.test(mime);
  expectations.set(extension, { accepts, marked: false });
}
expectations.set('zip', { accepts: ({ mime }) => ZIP_MEDIA_TYPE.test(mime), marked: true });

/** What a name promises; null for extensions that promise nothing we could check. `extension` has no dot. */
export function expectationOf(extension: string): Expectation | null {
  return expectations.get(extension.toLowerCase()) ?? null;
}
