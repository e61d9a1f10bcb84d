// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readPEM(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		t.Fatalf("%s is not PEM", name)
	}
	return block.Bytes
}

func testKey(t *testing.T) (crypto.Signer, *x509.Certificate) {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(readPEM(t, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(readPEM(t, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return key.(crypto.Signer), cert
}

// TestSignature compares with what Linux 6.12's scripts/sign-file made of the
// same content: sign-file sha256 key.pem cert.pem FILE.
func TestSignature(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "signed.golden"))
	if err != nil {
		t.Fatal(err)
	}
	key, cert := testKey(t)
	got, err := Sign([]byte("a kernel module"), key, cert)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func TestLinkSigned(t *testing.T) {
	in := demoInput(t)
	plain, err := Link(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Key, in.Cert = testKey(t)
	signed, err := Link(in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Link(in)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(signed.Module, plain.Module) || !bytes.HasSuffix(signed.Module, []byte(signatureMagic)) || !bytes.Equal(signed.Module, again.Module) {
		t.Error("the signature is not a deterministic suffix")
	}
}

func TestSignatureErrors(t *testing.T) {
	rsaKey, cert := testKey(t)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pub, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key  crypto.Signer
		cert *x509.Certificate
		text string
	}{
		{rsaKey, nil, "without its certificate"},
		{ecKey, cert, "not that of the certificate"},
		{edKey, &x509.Certificate{PublicKey: pub, SerialNumber: big.NewInt(1)}, "ed25519.PublicKey"},
	} {
		if _, err := Sign(nil, c.key, c.cert); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("got %v, want %q", err, c.text)
		}
	}
}
