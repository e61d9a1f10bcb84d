// Package example is replaced by tests.
package example
