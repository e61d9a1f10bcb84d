// SPDX-License-Identifier: Apache-2.0

package diag

// Code is a stable identifier of a kind of problem, "REX" and four digits.
// Codes are append-only; the registry in this package documents each.
type Code string

// The codes, grouped by the stage that reports them: 00 source, 01 check (the
// subset), 02 programs, 03 maps, 04 references, 05 ssabuild, 06 lower, 07 log calls.
const (
	TypeError       Code = "REX0001"
	PackageNotFound Code = "REX0002"
	PackagePattern  Code = "REX0003"
	PackageNoFiles  Code = "REX0004"
	PackageNoModule Code = "REX0005"
	PackageNoSDK    Code = "REX0006"
	GoCommand       Code = "REX0007"

	GoStatement  Code = "REX0101"
	Channel      Code = "REX0102"
	Select       Code = "REX0103"
	Recover      Code = "REX0104"
	Float        Code = "REX0105"
	Complex      Code = "REX0106"
	UnsafeImport Code = "REX0107"
	Cgo          Code = "REX0108"
	Assembly     Code = "REX0109"
	NoBody       Code = "REX0110"
	Linkname     Code = "REX0111"
	ImportStd    Code = "REX0112"
	ImportSDK    Code = "REX0113"
	// REX0114 stood for Go maps, before the compiler had them.

	NoProgram          Code = "REX0201"
	UnknownDirective   Code = "REX0202"
	DirectiveArgument  Code = "REX0203"
	DuplicateDirective Code = "REX0204"
	MisplacedDirective Code = "REX0205"
	ProgramFunc        Code = "REX0206"
	Signature          Code = "REX0207"
	ProgramUnsupported Code = "REX0208"
	TooManyPrograms    Code = "REX0209"
	ProgramName        Code = "REX0210"
	RecordType         Code = "REX0211"

	MapConstructor Code = "REX0301"
	MapMaxEntries  Code = "REX0302"
	MapReference   Code = "REX0303"
	MapKey         Code = "REX0304"
	MapSize        Code = "REX0305"
	MapName        Code = "REX0306"
	MapVariable    Code = "REX0307"
	TooManyMaps    Code = "REX0308"
	LockCopy       Code = "REX0309"
	LockPlace      Code = "REX0310"

	ViewReference  Code = "REX0401"
	ReadOnlyGlobal Code = "REX0402"
	ViewAlignment  Code = "REX0403"
	ViewPadding    Code = "REX0404"
	StaleSlice     Code = "REX0405"
	DeletedEntry   Code = "REX0406"

	FunctionNoBody Code = "REX0501"

	Unsupported Code = "REX0601"
	Internal    Code = "REX0602"

	LogArguments Code = "REX0701"
)
