// SPDX-License-Identifier: Apache-2.0

// Package compile drives the stages that turn an extension's source into a
// .rexo object: source, check, ssabuild, lower, object. The pipeline is the
// table in stages.go; each stage is a package below this one.
package compile
