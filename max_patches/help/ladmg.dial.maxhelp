{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			620,
			420
		],
		"openinpresentation": 0,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						14,
						400,
						20
					],
					"text": "ladmg.dial",
					"linecount": 1,
					"fontsize": 20.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						44,
						560,
						20
					],
					"text": "A dial for a parameter of kind float. Arguments: ADDRESS, LABEL, LOW, HIGH.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "bpatcher",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						40,
						160,
						62,
						62
					],
					"outlettype": [
						""
					],
					"name": "ladmg.dial.maxpat",
					"args": [
						"/ladmg/1/cfg_scale",
						"cfg_scale",
						0.0,
						8.0
					],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						40,
						110,
						60,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					]
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						40,
						250,
						60,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					]
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						40,
						290,
						500,
						20
					],
					"text": "It sends only after it has heard the instrument's value, and only what a hand or a cord does.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "bpatcher",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						40,
						330,
						112,
						44
					],
					"outlettype": [
						""
					],
					"name": "ladmg.io.maxpat",
					"args": [
						"127.0.0.1",
						7400,
						7401
					],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						164,
						330,
						240,
						20
					],
					"text": "The connection. While `ladmg play` runs,",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						164,
						352,
						240,
						20
					],
					"text": "the lamp is on.",
					"linecount": 1
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-4",
						0
					],
					"destination": [
						"obj-3",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-3",
						0
					],
					"destination": [
						"obj-5",
						0
					]
				}
			}
		]
	}
}
