/**
 * One exchange, computed by another implementation (@noble/post-quantum 0.7.1, @noble/curves 2.4.0): the seed of the
 * client's ML-KEM key is the bytes 0 to 63, the message that was encapsulated the bytes 255 down to 224, and the X25519
 * keys are 32 bytes of 0x17 (the client's) and of 0x42 (the server's).
 */
export const VECTOR = {
  clientSeed: Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => i)),
  clientDh: Buffer.alloc(32, 0x17),
  /** SHA-256 of what the client sends. */
  shareDigest: '8733e1c86f4262af7ff224fa0fd59b657f1462e43638270a2a849d4528592621',
  /** What the server replies. */
  reply: Buffer.from(
    'aYVbGHkFzTybxYt0zD1DrnyfH3MOb1BDjmrwxhrm9S7w2whaG4A9W5DUpgSQ2aD69+8eUf3bt9xZAmJ2bd0U0hxJf/MFpzE/vcEr' +
      'CIkIFWaQJ8lwZi03QlU1UVl1Pnemb7Ls3a4p5Z6AIzD2jrGu8IOqwrNbKM08Wat9H7g6N4K0RTpIhf30jLtgjS4gYCECoDd4UVr4' +
      'GSI5O06IL7kZZ71usne2YgzgAlPDR4TKuL1cCzrZKpXhR6JUYfYE6EC6IQjL0wOls+GZfm2BJIDAhsN27N3e40u+jwxOQU2TJtN3' +
      '5COcnlobRVCB2p2/21F2HOGgPrgAfYoicMDBsFN4UIIYFLRENadEgYlN7i7gNzG4wT6cX7PwxNPUxvnVpVBW1NOpopkLMa83RXBr' +
      'hHl1fzNpz/wlPGZuNwhHZQ6VZ3tJZbKsoXvObwN1nnARfeFHvvMVNacuiJH8tI4KJFfC9IRMNfsiVOOORRdC8XkcFqHPD5WMs3Vr' +
      'CYW0/MpkNNOw5YxxsscpGuHwL/X9op+Q2CmSkp9HXQNJMTYL8JZEWdM0CFctvokUK/EKG1T9C5XPJbpa+j5cmYRVLQIaZUZ1H5b4' +
      'Z8mEic32TJYIr1eiBotM/OL5UYWQP806JZYoAiYaOogOItYl+A1nGHLgQjdgmY3RUtgtcLsFRt3bYv2XbqdmK8Sq1RF3K6YMftO2' +
      'V9CrIWgo1ESLzprwhogj2c0gOria22zSf/PmMTvOKE8OSCZ5SyZCzHl19BUbkcegRBqJaHycEVRH6BWReok40RY9QL0dLOlQdsLS' +
      'zZ3bHWVcyrEwEHm6LHn7fbEqL2/sJCbFsLDXeuTSI7Qq+7NzdcbTJC8TWZHiF7fsQBCPb9QqsfSDLhF5qYJ4Hs4hVhHWqh7bdL2W' +
      'zWKnoWNEA9gWjbuzCiVSRA7qQgas4GiFBnMh6Lmtb5jWXd/flg8N9HCE3kdrfIcH0VvxHxCRIxEFJpZUnlern/3gPWVqH1bZrxpe' +
      '/yTvOtx0+biuNbB/nM3KffghW0aTwsGlzO2f7P6rl/pj/FDABjbqiSUWp/ykorcrtK0sbC1oO80Au/D2gxalKif6EmOCIoIz5eGc' +
      'StiNHq6lMQffuj4cPSrMrFB2bCBInlu0EYtYY+o/QswQcU60oHE0KWR8M6sbMFS0HKpJ5FxxhFcQVbQm7lzf6nTXK+CM9WcD6vgT' +
      'NtWIN1q3hLlYwYiI0FHoFB45Mcvpl/iyRgVdOlwOJNJ7vrZoPjvNC8tQpL/qe4b3vwdPRvtlSyvVwO+Foj/B/rYPEEGGnhI2MzFm' +
      'Fih4qg/ihH9I0u+NBncmyviP2aqLncTSm2l7jSMNRKaLghIru9+IaLA4zykaWwfLjPEUw9L8zbHQIbnis1J9df7inbjBGZkitoMU' +
      'BbTQUP7lxf9LcHbR7yoEQYjj3nlx0GiQa5ZRRVt8tPAPTnjIa38TLEQr4BD71X5yYDMoqnbnH8zBUDquIZMn0U2cmZP0cg==',
    'base64',
  ),
  secret: '47184eaef26239139179c6d8aae989f2133fa8a30c619ef2404940799c685ef3',
} as const;
