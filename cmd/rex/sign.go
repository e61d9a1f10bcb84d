// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/rex-go/rex/loader"
)

// Environment variables that stand for the flags of signFlags.
const (
	envSignKey  = "REX_SIGN_KEY"
	envSignCert = "REX_SIGN_CERT"
)

// signFlags name the key that extensions, or rex.ko, are signed with.
type signFlags struct{ key, cert string }

func (f *signFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&f.key, "sign-key", os.Getenv(envSignKey), "sign with the private key in the PEM `FILE`, for kernels that take only signed modules (default $"+envSignKey+")")
	fs.StringVar(&f.cert, "sign-cert", os.Getenv(envSignCert), "the key's certificate, which the kernel trusts, in the PEM or DER `FILE` (default $"+envSignCert+", or in the key's file)")
}

// read fills in what the flags name.
func (f *signFlags) read(opts *loader.Options) (err error) {
	opts.SigningKey, opts.SigningCert, err = f.open()
	return err
}

// open reads the files that the flags name; no key when there is none.
func (f *signFlags) open() (crypto.Signer, *x509.Certificate, error) {
	if f.key == "" {
		if f.cert != "" {
			return nil, nil, errors.New("a certificate to sign with but no key (give -sign-key)")
		}
		return nil, nil, nil
	}
	raw, err := os.ReadFile(f.key)
	if err != nil {
		return nil, nil, fmt.Errorf("read signing key: %w", err)
	}
	key, err := privateKey(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("read signing key %s: %w", f.key, err)
	}
	file := f.key
	if f.cert != "" {
		file = f.cert
		if raw, err = os.ReadFile(file); err != nil {
			return nil, nil, fmt.Errorf("read certificate: %w", err)
		}
	}
	cert, err := certificate(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate %s: %w", file, err)
	}
	return key, cert, nil
}

// privateKey finds the private key in a PEM file.
func privateKey(raw []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		if s, ok := key.(crypto.Signer); ok {
			return s, nil
		}
	}
	return nil, errors.New("no private key in it (want PEM, not encrypted)")
}

// certificate finds the first certificate in a PEM file, or reads a DER file.
func certificate(raw []byte) (*x509.Certificate, error) {
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, errors.New("no certificate in it (want PEM or DER)")
	}
	return c, nil
}
