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
			300,
			28
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						30,
						70,
						220,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
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
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						62,
						3,
						234,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						150,
						99.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.words #1"
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "inlet",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						30,
						30,
						30
					],
					"outlettype": [
						""
					],
					"comment": "a value, as by hand",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						120,
						200,
						30,
						30
					],
					"comment": "the value",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						240,
						160,
						101.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "loadmess set #2"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						240,
						190,
						100,
						20
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						2,
						5,
						60,
						18
					]
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-2",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						39.5,
						180,
						18,
						180,
						18,
						62,
						39.5,
						62
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
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-2",
						1
					],
					"destination": [
						"obj-4",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-6",
						0
					]
				}
			}
		]
	}
}
