#include "textflag.h"

// func dotNibblesAVX2(out []int32, query []int8, halves []byte)
//
// A product of a nibble and a query's number is below 15·127 and four of them
// fit sixteen bits: two pairs are added before they are widened. Rows are read once,
// one after another, from memory rather than a cache: fetching 2 KB ahead saves a
// third. What is fetched beyond the end does no harm.
TEXT ·dotNibblesAVX2(SB), NOSPLIT, $0-72
	MOVQ out_base+0(FP), DI
	MOVQ out_len+8(FP), CX
	MOVQ query_base+24(FP), SI
	MOVQ query_len+32(FP), DX
	MOVQ halves_base+48(FP), BX
	SHRQ $1, DX
	TESTQ CX, CX
	JZ   done

	MOVL         $0x0F0F0F0F, R8
	VMOVD        R8, X15
	VPBROADCASTD X15, Y15
	MOVL         $0x00010001, R8
	VMOVD        R8, X14
	VPBROADCASTD X14, Y14

row:
	VPXOR Y0, Y0, Y0
	XORQ  AX, AX

step:
	PREFETCHT0 2048(BX)(AX*1)
	VMOVDQU    (BX)(AX*1), Y2
	VPAND      Y15, Y2, Y3
	VPSRLW     $4, Y2, Y2
	VPAND      Y15, Y2, Y2
	VPMADDUBSW (SI)(AX*2), Y3, Y3
	VPMADDUBSW 32(SI)(AX*2), Y2, Y2
	VPADDW     Y2, Y3, Y3
	VPMADDWD   Y14, Y3, Y3
	VPADDD     Y3, Y0, Y0
	ADDQ       $32, AX
	CMPQ       AX, DX
	JLT        step

	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x4E, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0xB1, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, (DI)
	ADDQ         DX, BX
	ADDQ         $4, DI
	DECQ         CX
	JNZ          row
	VZEROUPPER

done:
	RET
