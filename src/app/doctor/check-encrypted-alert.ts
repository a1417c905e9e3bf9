import { type ClamdOptions, openClamdStream } from '../../inspect/clamd.ts';

/** A zip of one byte, encrypted with a password: nothing that a scanner could look into. */
const ENCRYPTED_ZIP =
  'UEsDBAoACQAAAAgVdl2DFtyMDQAAAAEAAAABAAAAYTzEgAmxBJDX9U7g/iJQSwcIgxbcjA0AAAABAAAAUEsBAh4DCgAJAAAACBV2XYMW3IwN' +
  'AAAAAQAAAAEAAAAAAAAAAAAAAKSBAAAAAGFQSwUGAAAAAAEAAQAvAAAAPAAAAAAA';

/** Throws when clamd says of an encrypted file that it is clean: it then passes what it has not looked into. */
export async function checkEncryptedAlert(clamd: ClamdOptions): Promise<void> {
  const stream = await openClamdStream(clamd);
  try {
    await stream.send(Buffer.from(ENCRYPTED_ZIP, 'base64'));
    const answer = await stream.finish();
    if (answer.answered && answer.outcome === 'pass') {
      throw new Error(
        'clamd says OK of encrypted files, so they are admitted without a scan: set `AlertEncrypted yes` in its configuration and start it again',
      );
    }
  } finally {
    stream.abort();
  }
}
