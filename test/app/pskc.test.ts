import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readPskc } from '../../src/app/pskc/read-pskc.ts';

const NONE = { key: null, passphrase: null };

/** The secret of the examples of RFC 6030. */
const SECRET = Buffer.from('12345678901234567890');

/** RFC 6030 section 6.1. */
const RFC_KEY = Buffer.from('12345678901234567890123456789012', 'hex');

/** One package of a container, by RFC 6030 section 4. */
function keyPackage(inside: string, { serial = '987654321', algorithm = 'pskc:hotp' } = {}): string {
  return `<KeyPackage>
    <DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>${serial}</SerialNo></DeviceInfo>
    <Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:${algorithm}">${inside}</Key>
  </KeyPackage>`;
}

function container(inside: string, before = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">
  ${before}${inside}
</KeyContainer>`;
}

const FORMAT = '<AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>';
const PLAIN = '<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\n</PlainValue></Secret>';
const COUNTER = '<Counter><PlainValue>0</PlainValue></Counter>';

/** The example of RFC 6030 section 6.1 (AES-128-CBC with a key that was agreed on, HMAC-SHA1). */
const PRE_SHARED = container(
  keyPackage(`<Issuer>Issuer</Issuer>${FORMAT}
    <Data>
      <Secret>
        <EncryptedValue>
          <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
          <xenc:CipherData><xenc:CipherValue>
            AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv
          </xenc:CipherValue></xenc:CipherData>
        </EncryptedValue>
        <ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=
        </ValueMAC>
      </Secret>
      ${COUNTER}
    </Data>`),
  `<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>
  <MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>
        ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX
      </xenc:CipherValue></xenc:CipherData>
    </MACKey>
  </MACMethod>`,
);

/** The example of RFC 6030 section 6.2 (PBKDF2), whose passphrase is "qwerty". */
const BY_PASSPHRASE = `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer
  xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"
  xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Version="1.0">
  <pskc:EncryptionKey>
    <xenc11:DerivedKey>
      <xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
        <pkcs5:PBKDF2-params>
          <Salt><Specified>Ej7/PEpyEpw=</Specified></Salt>
          <IterationCount>1000</IterationCount>
          <KeyLength>16</KeyLength>
          <PRF/>
        </pkcs5:PBKDF2-params>
      </xenc11:KeyDerivationMethod>
      <xenc:ReferenceList><xenc:DataReference URI="#ED"/></xenc:ReferenceList>
      <xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName>
    </xenc11:DerivedKey>
  </pskc:EncryptionKey>
  <pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <pskc:MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>
        2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx
      </xenc:CipherValue></xenc:CipherData>
    </pskc:MACKey>
  </pskc:MACMethod>
  <pskc:KeyPackage>
    <pskc:DeviceInfo>
      <pskc:Manufacturer>TokenVendorAcme</pskc:Manufacturer><pskc:SerialNo>987654321</pskc:SerialNo>
    </pskc:DeviceInfo>
    <pskc:CryptoModuleInfo><pskc:Id>CM_ID_001</pskc:Id></pskc:CryptoModuleInfo>
    <pskc:Key Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp" Id="123456">
      <pskc:Issuer>Example-Issuer</pskc:Issuer>
      <pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>
          <pskc:EncryptedValue Id="ED">
            <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
            <xenc:CipherData><xenc:CipherValue>
              oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f
            </xenc:CipherValue></xenc:CipherData>
          </pskc:EncryptedValue>
          <pskc:ValueMAC>LP6xMvjtypbfT9PdkJhBZ+D6O4w=
          </pskc:ValueMAC>
        </pskc:Secret>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>
</pskc:KeyContainer>`;

describe('a key container', () => {
  test('in the clear gives its seeds, of a counter and of the time', () => {
    const totp = `<AlgorithmParameters><Suite>HMAC-SHA256</Suite>
        <ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data>${PLAIN}<Time><PlainValue>0</PlainValue></Time>
        <TimeInterval><PlainValue>60</PlainValue></TimeInterval>
        <TimeDrift><PlainValue>-4</PlainValue></TimeDrift></Data>
      <Policy><StartDate>2026-05-01T00:00:00Z</StartDate><ExpiryDate>2036-05-31T00:00:00</ExpiryDate>
        <KeyUsage>OTP</KeyUsage></Policy>`;
    const text = container(
      keyPackage(`${FORMAT}<Data>${PLAIN}<Counter><PlainValue>42</PlainValue></Counter></Data>`) +
        keyPackage(totp, { serial: '26001', algorithm: 'pskc:totp' }),
    );
    const always = { startsAt: null, expiresAt: null };
    expect(readPskc(text, NONE)).toEqual([
      {
        serial: '987654321',
        manufacturer: 'Manufacturer',
        kind: 'hotp',
        secret: SECRET,
        hash: 'sha1',
        digits: 8,
        period: 0,
        counter: 42,
        drift: 0,
        ...always,
      },
      {
        serial: '26001',
        manufacturer: 'Manufacturer',
        kind: 'totp',
        secret: SECRET,
        hash: 'sha256',
        digits: 6,
        period: 60_000,
        counter: 0,
        drift: -4,
        startsAt: Date.UTC(2026, 4, 1),
        expiresAt: Date.UTC(2036, 4, 31),
      },
    ]);
  });

  test('that is encrypted by a key gives what RFC 6030 section 6.1 says', () => {
    expect(readPskc(PRE_SHARED, { key: RFC_KEY, passphrase: null })).toMatchObject([
      { serial: '987654321', kind: 'hotp', digits: 8, counter: 0, secret: SECRET },
    ]);
  });

  test('that is encrypted by a passphrase gives what RFC 6030 section 6.2 says', () => {
    expect(readPskc(BY_PASSPHRASE, { key: null, passphrase: 'qwerty' })).toMatchObject([
      { serial: '987654321', manufacturer: 'TokenVendorAcme', digits: 8, secret: SECRET },
    ]);
  });

  test('that is encrypted by AES-256, with HMAC-SHA256 by the same key, gives secret and counter', () => {
    const key = Buffer.alloc(32, 7);
    const sealed = (value: Uint8Array) => {
      const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16, 1));
      const bytes = Buffer.concat([Buffer.alloc(16, 1), cipher.update(value), cipher.final()]);
      const mac = createHmac('sha256', key).update(bytes).digest('base64');
      return `<EncryptedValue><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>
        <xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>
        </EncryptedValue><ValueMAC>${mac}</ValueMAC>`;
    };
    const data = `<Data><Secret>${sealed(SECRET)}</Secret><Counter>${sealed(Buffer.of(0, 0, 1, 2))}</Counter></Data>`;
    const text = container(
      keyPackage(data),
      `<EncryptionKey><ds:KeyName>ours</ds:KeyName></EncryptionKey>
       <MACMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"/>`,
    );
    expect(readPskc(text, { key, passphrase: null })).toMatchObject([
      { secret: SECRET, counter: 258, digits: 6 },
    ]);
  });

  const withKey = { key: RFC_KEY, passphrase: null };
  test.each<[string, string, Parameters<typeof readPskc>[1], RegExp]>([
    ['with a document type', `<!DOCTYPE x [<!ENTITY e "e">]>${container('')}`, NONE, /a document type/],
    ['with an entity that is none', container('&e;'), NONE, /no well-formed XML/],
    ['that is cut off', PRE_SHARED.slice(0, -40), withKey, /no well-formed XML/],
    ['that is something else', '<html/>', NONE, /no key container/],
    ['of a later version', container('').replace('1.0" xmlns', '2.0" xmlns'), NONE, /version 2\.0/],
    ['without keys', container(''), NONE, /no keys in it/],
    ['without the key', PRE_SHARED, NONE, /--key-file/],
    ['without the passphrase', BY_PASSPHRASE, NONE, /--passphrase-file/],
    ['with another passphrase', BY_PASSPHRASE, { key: null, passphrase: 'qwertz' }, /key is wrong|MAC/],
    [
      'with another key',
      PRE_SHARED,
      { key: Buffer.alloc(16, 9), passphrase: null },
      /key is wrong|does not have the MAC/,
    ],
    ['with a key of another length', PRE_SHARED, { key: Buffer.alloc(32), passphrase: null }, /has 16 bytes/],
    ['that was changed', PRE_SHARED.replace('AAECAwQ', 'AAECAwU'), withKey, /token 987654321: .*MAC/],
    ['whose MAC was taken out', PRE_SHARED.replace(/<ValueMAC>[^]*<\/ValueMAC>/, ''), withKey, /has no MAC/],
    [
      'whose MAC’s method was taken out',
      PRE_SHARED.replace(/<MACMethod[^]*<\/MACMethod>/, ''),
      withKey,
      /no MAC/,
    ],
    [
      'to a certificate',
      PRE_SHARED.replace('<ds:KeyName>Pre-shared-key</ds:KeyName>', '<ds:X509Data/>'),
      withKey,
      /in a way that is not taken/,
    ],
    [
      'of another algorithm',
      container(keyPackage(`<Data>${PLAIN}</Data>`, { algorithm: 'pskc:ocra' })),
      NONE,
      /is not HOTP or TOTP/,
    ],
    [
      'with a secret that can be guessed',
      container(keyPackage('<Data><Secret><PlainValue>MTIzNA==</PlainValue></Secret></Data>')),
      NONE,
      /shorter than 128 bits/,
    ],
    [
      'with codes of ten digits',
      container(keyPackage(`${FORMAT.replace('8', '10')}<Data>${PLAIN}</Data>`)),
      NONE,
      /6 to 8 digits/,
    ],
    [
      'with a policy that nobody understands',
      container(
        keyPackage(`<Data>${PLAIN}</Data><Policy><NumberOfTransactions>5</NumberOfTransactions></Policy>`),
      ),
      NONE,
      /NumberOfTransactions, which is not known/,
    ],
    [
      'for signatures only',
      container(keyPackage(`<Data>${PLAIN}</Data><Policy><KeyUsage>Sign</KeyUsage></Policy>`)),
      NONE,
      /does not allow codes/,
    ],
    [
      'with one serial twice',
      container(keyPackage(`<Data>${PLAIN}</Data>`).repeat(2)),
      NONE,
      /987654321 is in it twice/,
    ],
    [
      'with a serial that is none',
      container(keyPackage(`<Data>${PLAIN}</Data>`, { serial: 'a\u202Eb' })),
      NONE,
      /no serial/,
    ],
  ])('%s is refused in words, without its secrets', (_, text, secret, words) => {
    expect(() => readPskc(text, secret)).toThrow(words);
    expect(() => readPskc(text, secret)).not.toThrow(/qwerty|MTIz|1234567890/);
  });
});
