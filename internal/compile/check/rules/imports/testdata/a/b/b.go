// Package b is a package of the user's own: held to the same rules.
package b

import _ "context" // want REX0112 `package context`
