/**
 * Test vectors of the DSSE protocol, from secure-systems-lab/dsse `testvectors/vectors.json`
 * (Apache-2.0); the keys are TEST 1 and TEST 2 of RFC 8032, section 7.1.
 */
export const KEYS = {
  A: {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    public: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  },
  B: {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    public: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  },
} as const;

/** Signatures of RFC 8032, section 7.1: seed, public key, message, signature. */
export const RFC_8032 = [
  {
    ...KEYS.A,
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    ...KEYS.B,
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    public: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
] as const;

const IN_TOTO = 'application/vnd.in-toto+json';
const STATEMENT = 'eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==';
const BY_A =
  '2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==';
const BY_B =
  'c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw==';
const PAE =
  '445353457631203238206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e203433207b225f74797065223a2268747470733a2f2f696e2d746f746f2e696f2f53746174656d656e742f7631227d';

export interface DsseVector {
  readonly id: string;
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
  readonly trustedKeys: readonly ('A' | 'B')[];
  readonly threshold: number;
  readonly payloadTypes: readonly string[];
  readonly pae: string;
  readonly expect: 'accept' | 'reject';
}

const base: DsseVector = {
  id: 'single-signature',
  payload: STATEMENT,
  payloadType: IN_TOTO,
  signatures: [{ keyid: 'A', sig: BY_A }],
  trustedKeys: ['A'],
  threshold: 1,
  payloadTypes: [IN_TOTO],
  pae: PAE,
  expect: 'accept',
};
const two = { ...base, trustedKeys: ['A', 'B'], threshold: 2 } as const;

export const VECTORS: readonly DsseVector[] = [
  base,
  {
    ...base,
    id: 'url-safe-base64',
    payload: '-_-_Pj8=',
    signatures: [
      {
        keyid: 'A',
        sig: 'P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw==',
      },
    ],
    pae: '445353457631203238206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e203520fbffbf3e3f',
  },
  {
    ...base,
    id: 'payload-type-swapped',
    payloadType: 'application/vnd.example.other+json',
    payloadTypes: [IN_TOTO, 'application/vnd.example.other+json'],
    expect: 'reject',
  },
  {
    ...base,
    id: 'non-ascii-payload-type',
    payloadType: 'application/vnd.exämple+json',
    payloadTypes: ['application/vnd.exämple+json'],
    signatures: [
      {
        keyid: 'A',
        sig: 'xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==',
      },
    ],
    pae: '445353457631203239206170706c69636174696f6e2f766e642e6578c3a46d706c652b6a736f6e203433207b225f74797065223a2268747470733a2f2f696e2d746f746f2e696f2f53746174656d656e742f7631227d',
  },
  {
    ...base,
    id: 'empty-payload',
    payload: '',
    signatures: [
      {
        keyid: 'A',
        sig: 'gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==',
      },
    ],
    pae: '445353457631203238206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e203020',
  },
  {
    ...base,
    id: 'empty-payload-type',
    payloadType: '',
    signatures: [
      {
        keyid: 'A',
        sig: 'iC3q/+3Rm0+lpAJRueDmDh15PnwCfxKmS0NAfKsbv+zgulXQC/WM9trc+j1XEqlwDIg/vf/uNfebeD6sxInrDg==',
      },
    ],
    pae: '445353457631203020203433207b225f74797065223a2268747470733a2f2f696e2d746f746f2e696f2f53746174656d656e742f7631227d',
    expect: 'reject',
  },
  {
    ...two,
    id: 'threshold-two-distinct-keys',
    signatures: [
      { keyid: 'A', sig: BY_A },
      { keyid: 'B', sig: BY_B },
    ],
  },
  {
    ...two,
    id: 'threshold-two-one-key-twice',
    signatures: [
      { keyid: 'A', sig: BY_A },
      { keyid: 'A', sig: BY_A },
    ],
    expect: 'reject',
  },
  { ...two, id: 'threshold-two-without-keyids', signatures: [{ sig: BY_A }, { sig: BY_B }] },
];
