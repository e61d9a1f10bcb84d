// SPDX-License-Identifier: Apache-2.0

package link

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"math/big"
)

// signatureMagic ends a signed kernel module (include/linux/module_signature.h).
const signatureMagic = "~Module signature appended~\n"

// pkeyIDPKCS7 is PKEY_ID_PKCS7, the only kind of signature that the kernel
// takes.
const pkeyIDPKCS7 = 2

// The parts of RFC 5652 that a detached signature without certificates and
// attributes has, as the kernel's scripts/sign-file makes it.
type (
	contentInfo struct {
		ContentType asn1.ObjectIdentifier
		Content     signedData `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version          int
		DigestAlgorithms []algorithm `asn1:"set"`
		EncapContentInfo struct{ ContentType asn1.ObjectIdentifier }
		SignerInfos      []signerInfo `asn1:"set"`
	}
	signerInfo struct {
		Version            int
		Issuer             issuerAndSerial
		DigestAlgorithm    algorithm
		SignatureAlgorithm algorithm
		Signature          []byte
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
)

var (
	oidData        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSASHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// Sign signs a kernel module: PKCS#7, then struct module_signature,
// then the magic string.
func Sign(module []byte, key crypto.Signer, cert *x509.Certificate) ([]byte, error) {
	if cert == nil {
		return nil, fmt.Errorf("%w: a signing key without its certificate", ErrInput)
	}
	pub, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("%w: the signing key is not that of the certificate", ErrInput)
	}
	var alg algorithm
	switch key.Public().(type) {
	case *rsa.PublicKey:
		alg = algorithm{oidRSA, asn1.NullRawValue}
	case *ecdsa.PublicKey:
		alg.Algorithm = oidECDSASHA256
	default:
		return nil, fmt.Errorf("%w: a signing key of type %T (the kernel takes RSA and ECDSA)", ErrInput, key.Public())
	}
	digest := sha256.Sum256(module)
	// Without a source of randomness both schemes are deterministic.
	sig, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign kernel module: %w", err)
	}
	info := contentInfo{ContentType: oidSignedData, Content: signedData{
		Version:          1,
		DigestAlgorithms: []algorithm{{Algorithm: oidSHA256}},
		SignerInfos: []signerInfo{{
			Version:         1,
			Issuer:          issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber},
			DigestAlgorithm: algorithm{Algorithm: oidSHA256}, SignatureAlgorithm: alg, Signature: sig,
		}},
	}}
	info.Content.EncapContentInfo.ContentType = oidData
	der, err := asn1.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("sign kernel module: %w", err)
	}
	out := append(module, der...)
	out = append(out, 0, 0, pkeyIDPKCS7, 0, 0, 0, 0, 0)
	out = binary.BigEndian.AppendUint32(out, uint32(len(der)))
	return append(out, signatureMagic...), nil
}
