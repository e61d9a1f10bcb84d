// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/loader"
)

// TestSignFlags: keys in each form that openssl and the kernel's build write
// them in, with the certificate beside, as PEM or DER.
func TestSignFlags(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, blocks ...*pem.Block) string {
		var text []byte
		for _, b := range blocks {
			text = append(text, pem.EncodeToMemory(b)...)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7)}
	raw := der(x509.CreateCertificate(rand.Reader, template, template, ec.Public(), ec))
	cert := &pem.Block{Type: "CERTIFICATE", Bytes: raw}
	asDER := filepath.Join(dir, "cert.der")
	if err := os.WriteFile(asDER, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	pkcs8 := &pem.Block{Type: "PRIVATE KEY", Bytes: der(x509.MarshalPKCS8PrivateKey(ec))}
	asPEM := write("cert.pem", cert)
	nothing := write("nothing.pem")
	for _, tt := range []struct {
		name string
		f    signFlags
		err  string // empty: works
	}{
		{"one file", signFlags{key: write("both.pem", cert, pkcs8)}, ""},
		{"ec", signFlags{write("ec.pem", &pem.Block{Type: "EC PRIVATE KEY", Bytes: der(x509.MarshalECPrivateKey(ec))}), asPEM}, ""},
		{"rsa", signFlags{write("rsa.pem", &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rs)}), asDER}, ""},
		{"no flags", signFlags{}, ""},
		{"no key", signFlags{cert: asPEM}, "no key (give -sign-key)"},
		{"no certificate", signFlags{key: write("key.pem", pkcs8)}, "no certificate in it"},
		{"empty key", signFlags{nothing, asPEM}, "no private key in it"},
		{"damaged key", signFlags{write("bad.pem", &pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1, 2}}), asPEM}, "bad.pem: "},
		{"missing key", signFlags{filepath.Join(dir, "missing"), asPEM}, "read signing key: open"},
		{"missing certificate", signFlags{write("key2.pem", pkcs8), filepath.Join(dir, "missing")}, "read certificate: open"},
	} {
		var opts loader.Options
		err := tt.f.read(&opts)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if tt.f.key != "" && (opts.SigningKey == nil || opts.SigningCert == nil || opts.SigningCert.SerialNumber.Int64() != 7) {
			t.Errorf("%s: key %v, certificate %v", tt.name, opts.SigningKey, opts.SigningCert)
		}
	}
}
